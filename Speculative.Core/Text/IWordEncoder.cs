namespace Speculative;

/// <summary>Turns one word, as the pre-tokenizer cut it, into tokens.</summary>
interface IWordEncoder
{
    /// <summary>Appends the word's tokens; the word is well-formed UTF-16.</summary>
    void Encode(string word, List<int> tokenIds);
}
