namespace Speculative;

/// <summary>
/// Byte-level BPE with a vocabulary that lacks tokens for some bytes (SmolLM2): as in Hugging Face's tokenizers, such a byte becomes
/// <c>unk_token</c>; where there is none it is dropped before anything merges, so that its neighbours may.
/// </summary>
sealed class SparseByteEncoder(BpeModel model) : IWordEncoder
{
    readonly FallbackEncoder characters = new(model);

    public void Encode(string word, List<int> tokenIds) => characters.Encode(ByteAlphabet.Encode(word), tokenIds);
}
