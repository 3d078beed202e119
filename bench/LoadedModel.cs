using System.Text;
using Speculative.Bench.Perplexity;

namespace Speculative.Bench;

/// <summary>A model with all that belongs to it: how a conversation becomes tokens, and tokens become text.</summary>
/// <param name="name">What tables call it.</param>
/// <param name="model">The model; disposed with this.</param>
/// <param name="encode">Turns a conversation (user, assistant, user, ...; the user speaks last) into the prompt's tokens.</param>
/// <param name="decoder">Knows the bytes of tokens.</param>
/// <param name="endTokenIds">The tokens that end an answer.</param>
sealed class LoadedModel(
    string name, ICausalModel model, Func<IReadOnlyList<string>, int[]> encode, ITokenDecoder decoder, IReadOnlyList<int> endTokenIds)
    : IDisposable
{
    public string Name { get; } = name;

    public ICausalModel Model { get; } = model;

    public ITokenDecoder Decoder { get; } = decoder;

    public IReadOnlyList<int> EndTokenIds { get; } = endTokenIds;

    /// <summary>The prompt of a conversation.</summary>
    /// <param name="turns">User, assistant, user, ...; the user speaks last.</param>
    public int[] Encode(params IReadOnlyList<string> turns) => encode(turns);

    /// <summary>What plain text begins with; null where the tokenizer puts nothing before it.</summary>
    public int? BeginTokenId { get; init; }

    /// <summary>Turns text without special tokens into tokens; null where the model knows conversations only.</summary>
    public Func<string, int[]>? EncodeText { get; init; }

    /// <summary>The tokens of a text to predict: an answer follows its prompt and is ended.</summary>
    /// <exception cref="BenchException">The model cannot encode text.</exception>
    public int[] Encode(HeldOutDocument document)
    {
        Func<string, int[]> plain = EncodeText ?? throw new BenchException($"{Name} cannot read plain text.");
        return document.Turns is { Count: > 0 } turns
            ? [.. Encode([.. turns.SkipLast(1)]), .. plain(turns[^1]), .. EndTokenIds.Take(1)]
            : [.. BeginTokenId is { } begin ? (int[])[begin] : [], .. plain(document.Text)];
    }

    /// <summary>The text of an answer.</summary>
    public string Decode(IEnumerable<int> tokenIds)
    {
        IncrementalDetokenizer detokenizer = new(Decoder);
        StringBuilder text = new();
        foreach (int tokenId in tokenIds)
            text.Append(detokenizer.Append(tokenId));
        return text.Append(detokenizer.Flush()).ToString();
    }

    public void Dispose() => Model.Dispose();
}
