namespace Speculative;

/// <summary>
/// Byte-level BPE for long words, in time that hardly exceeds their length, and for vocabularies that lack tokens for some bytes (SmolLM2):
/// as in Hugging Face's tokenizers, such a byte becomes <c>unk_token</c>; where there is none it is dropped before anything merges, so that
/// its neighbours may.
/// </summary>
sealed class SparseByteEncoder(BpeModel model) : IWordEncoder
{
    readonly FallbackEncoder characters = new(model);

    public void Encode(string word, List<int> tokenIds) => characters.Encode(ByteAlphabet.Encode(word), tokenIds);
}
