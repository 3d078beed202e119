using System.Text;

namespace Speculative;

/// <summary>
/// Turns a stream of tokens into text as it becomes final: a character whose bytes are spread over tokens appears with its last one, and
/// text that may yet become a stop string is held back until that is decided.
/// </summary>
/// <remarks>Not thread-safe. One instance serves one output.</remarks>
public sealed class IncrementalDetokenizer
{
    readonly ITokenDecoder tokens;
    readonly StopStringMatcher stopStrings;
    readonly Decoder characters = Encoding.UTF8.GetDecoder();
    byte[] pending = new byte[64];
    int pendingLength;
    long released;

    /// <summary>Creates a detokenizer.</summary>
    /// <param name="tokens">Knows the bytes of tokens.</param>
    /// <param name="stopStrings">The text ends before one of these: see <see cref="GenerationOptions.StopStrings"/>.</param>
    /// <exception cref="ArgumentException">A stop string is empty.</exception>
    public IncrementalDetokenizer(ITokenDecoder tokens, IReadOnlyList<string>? stopStrings = null)
    {
        this.tokens = tokens;
        this.stopStrings = new(stopStrings ?? []);
    }

    /// <summary>Takes the next token.</summary>
    /// <param name="tokenId">The token.</param>
    /// <returns>The text that became final, often empty.</returns>
    public string Append(int tokenId)
    {
        if (stopStrings.MatchStart >= 0)
            return "";
        ReadOnlySpan<byte> bytes = tokens.Decode(tokenId);
        if (pending.Length < pendingLength + bytes.Length)
            Array.Resize(ref pending, Math.Max(pendingLength + bytes.Length, 2 * pending.Length));
        bytes.CopyTo(pending.AsSpan(pendingLength));
        pendingLength += bytes.Length;
        bool stopped = stopStrings.Append(bytes);
        return Release(stopped ? (int)(stopStrings.MatchStart - released) : pendingLength - stopStrings.PendingLength, stopped);
    }

    /// <summary>Ends the stream.</summary>
    /// <returns>The rest of the text; an unfinished character becomes U+FFFD.</returns>
    public string Flush() => stopStrings.MatchStart >= 0 ? "" : Release(pendingLength, flush: true);

    string Release(int count, bool flush)
    {
        Span<byte> ready = pending.AsSpan(0, count);
        char[] text = new char[characters.GetCharCount(ready, flush)];
        characters.GetChars(ready, text, flush);
        pending.AsSpan(count, pendingLength - count).CopyTo(pending);
        pendingLength -= count;
        released += count;
        return new(text);
    }
}
