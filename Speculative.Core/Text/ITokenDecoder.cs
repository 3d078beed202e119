namespace Speculative;

/// <summary>Knows the bytes that a token stands for.</summary>
public interface ITokenDecoder
{
    /// <summary>The UTF-8 bytes of a token, possibly part of a character; empty for tokens without text, such as special tokens.</summary>
    /// <param name="tokenId">A token of the vocabulary; ids beyond it give no bytes.</param>
    ReadOnlySpan<byte> Decode(int tokenId);
}
