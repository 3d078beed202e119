using System.Text;

namespace Speculative;

/// <summary>
/// GPT-2's printable stand-ins for bytes: 33-126, 161-172 and 174-255 stand for themselves, the others are numbered on from U+0100
/// (Radford et al. 2019, <c>bytes_to_unicode</c> of the published encoder).
/// </summary>
static class ByteAlphabet
{
    static readonly char[] characters = Characters();
    static readonly Dictionary<char, byte> bytes = characters.Index().ToDictionary(pair => pair.Item, pair => (byte)pair.Index);

    public static char Character(byte value) => characters[value];

    /// <summary>The text's UTF-8 bytes, each as its character.</summary>
    public static string Encode(ReadOnlySpan<char> text)
    {
        byte[] utf8 = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, utf8);
        return string.Create(utf8.Length, utf8, static (target, source) =>
        {
            for (int i = 0; i < source.Length; i++)
                target[i] = characters[source[i]];
        });
    }

    /// <summary>The bytes of a token; one with a character outside the alphabet stands for itself.</summary>
    public static byte[] Decode(string token)
    {
        byte[] decoded = new byte[token.Length];
        for (int i = 0; i < decoded.Length; i++)
            if (!bytes.TryGetValue(token[i], out decoded[i]))
                return Encoding.UTF8.GetBytes(token);
        return decoded;
    }

    static char[] Characters()
    {
        char[] table = new char[256];
        int next = 256;
        for (int value = 0; value < 256; value++)
            table[value] = value is >= 33 and <= 126 or >= 161 and <= 172 or >= 174 ? (char)value : (char)next++;
        return table;
    }
}
