using System.Text;

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
