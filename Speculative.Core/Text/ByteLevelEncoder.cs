using Microsoft.ML.Tokenizers;

namespace Speculative;

/// <summary>Byte-level BPE: the words' UTF-8 bytes, merged by Microsoft.ML.Tokenizers.</summary>
/// <remarks>
/// The package lacks <c>ignore_merges</c> (Llama 3: a word that is a token is taken whole): that is looked up here. It takes time by the
/// square of a word's length, so long ones are left to another encoder, which gives the same tokens.
/// </remarks>
sealed class ByteLevelEncoder(BpeTokenizer merges, BpeModel model) : IWordEncoder
{
    internal const int LongestWord = 256;

    readonly Lazy<SparseByteEncoder> longWords = new(() => new(model));

    /// <summary>The package throws where a byte has no token: such vocabularies have an encoder of their own.</summary>
    public static IWordEncoder Create(BpeModel model) => KnowsEveryByte(model) ? CreateFull(model) : new SparseByteEncoder(model);

    public void Encode(string word, List<int> tokenIds)
    {
        if (model.IgnoresMerges && model.Vocabulary.TryGetValue(ByteAlphabet.Encode(word), out int whole))
            tokenIds.Add(whole);
        else if (word.Length > LongestWord && !model.FallsBackToBytes)
            longWords.Value.Encode(word, tokenIds);
        else
            tokenIds.AddRange(merges.EncodeToIds(word, considerPreTokenization: false, considerNormalization: false));
    }

    /// <summary>Every byte of UTF-8, that is.</summary>
    static bool KnowsEveryByte(BpeModel model) => Enumerable.Range(0, 256).All(value =>
        value is 0xC0 or 0xC1 or >= 0xF5 || model.Vocabulary.ContainsKey(ByteAlphabet.Character((byte)value).ToString()));

    static ByteLevelEncoder CreateFull(BpeModel model)
    {
        BpeOptions options = new(model.Vocabulary)
        {
            Merges = model.Merges.Select(pair => $"{pair.Left} {pair.Right}"),
            ByteLevel = true,
        };
        try
        {
            return new(BpeTokenizer.Create(options), model);
        }
        catch (Exception fault) when (fault is ArgumentException or InvalidOperationException or FormatException)
        {
            throw new ModelFormatException(
                $"{model.File}: model: expected a usable vocabulary and merges, found a fault: {fault.Message}", fault);
        }
    }
}
