using System.Text;

namespace Speculative;

/// <summary>
/// BPE over characters with byte fallback, as SentencePiece models (Llama 2, Mistral) need it: characters outside the vocabulary become
/// their bytes' tokens, else <c>unk_token</c>; without one they are dropped. Own merge loop: Microsoft.ML.Tokenizers' BPE knows no byte
/// fallback, its SentencePiece reader no tokenizer.json.
/// </summary>
sealed class FallbackEncoder : IWordEncoder
{
    readonly BpeModel model;
    readonly int[] byteTokens = new int[256];
    readonly Dictionary<(int Left, int Right), (int Rank, int TokenId)> merges = [];

    public FallbackEncoder(BpeModel model)
    {
        this.model = model;
        bool complete = model.FallsBackToBytes;
        for (int value = 0; value < 256; value++)
            complete &= model.Vocabulary.TryGetValue($"<0x{value:X2}>", out byteTokens[value]);
        if (model.FallsBackToBytes && !complete)
            throw new ModelFormatException($"{model.File}: model.vocab: expected <0x00> to <0xFF> for byte_fallback, found some missing.");
        for (int rank = 0; rank < model.Merges.Count; rank++)
        {
            (string left, string right) = model.Merges[rank];
            merges[(model.Vocabulary[left], model.Vocabulary[right])] = (rank, model.Vocabulary[left + right]);
        }
    }

    /// <summary>An encoder that loses no character.</summary>
    public static FallbackEncoder Create(BpeModel model) => model.FallsBackToBytes || model.UnknownTokenId is not null ? new(model)
        : throw new ModelFormatException($"{model.File}: model.unk_token: expected one, as there is no byte_fallback, found none.");

    public void Encode(string word, List<int> tokenIds)
    {
        if (model.IgnoresMerges && model.Vocabulary.TryGetValue(word, out int whole))
            tokenIds.Add(whole);
        else
            Merge(Symbols(word), tokenIds);
    }

    int[] Symbols(string word)
    {
        List<int> symbols = new(word.Length);
        Span<byte> utf8 = stackalloc byte[4];
        bool unknownBefore = false;
        foreach (Rune character in word.EnumerateRunes())
        {
            bool unknown = false;
            if (model.Vocabulary.TryGetValue(character.ToString(), out int tokenId))
                symbols.Add(tokenId);
            else if (model.FallsBackToBytes)
                foreach (byte value in utf8[..character.EncodeToUtf8(utf8)])
                    symbols.Add(byteTokens[value]);
            else if (model.UnknownTokenId is { } unknownId && (unknown = true) && !(unknownBefore && model.FusesUnknown))
                symbols.Add(unknownId);
            unknownBefore = unknown;
        }
        return [.. symbols];
    }

    /// <summary>Merges neighbours, lowest rank first and then leftmost: O(n log n) in the word's length (it may be a whole text).</summary>
    void Merge(int[] symbols, List<int> tokenIds)
    {
        int[] next = new int[symbols.Length], previous = new int[symbols.Length];
        PriorityQueue<(int At, int Right, int TokenId), (int Rank, int At)> queue = new();
        for (int i = 0; i < symbols.Length; i++)
            (next[i], previous[i]) = (i + 1, i - 1);
        for (int i = 0; i + 1 < symbols.Length; i++)
            Offer(i);
        while (queue.TryDequeue(out (int At, int Right, int TokenId) best, out _))
        {
            int right = next[best.At];
            // An entry is stale when one of its two symbols was merged since: symbol -1 is no pair's member.
            if (right >= symbols.Length || symbols[best.At] < 0
                || !merges.TryGetValue((symbols[best.At], symbols[right]), out (int, int TokenId) merge) || merge.TokenId != best.TokenId)
                continue;
            symbols[best.At] = best.TokenId;
            symbols[right] = -1;
            next[best.At] = next[right];
            if (next[right] < symbols.Length)
                previous[next[right]] = best.At;
            if (previous[best.At] >= 0)
                Offer(previous[best.At]);
            if (next[best.At] < symbols.Length)
                Offer(best.At);
        }
        for (int i = 0; i < symbols.Length; i = next[i])
            tokenIds.Add(symbols[i]);

        void Offer(int at)
        {
            if (merges.TryGetValue((symbols[at], symbols[next[at]]), out (int Rank, int TokenId) merge))
                queue.Enqueue((at, next[at], merge.TokenId), (merge.Rank, at));
        }
    }
}
