namespace Speculative;

/// <summary>
/// GPT-2's spelling of bytes as visible characters, which byte-level vocabularies are written in: printable Latin-1 stands for itself, every
/// other byte for a character from U+0100 on.
/// </summary>
static class ByteAlphabet
{
    static readonly Dictionary<char, byte> Bytes = Build();
    static readonly Dictionary<byte, char> Characters = Bytes.ToDictionary(pair => pair.Value, pair => pair.Key);

    /// <summary>The bytes that a token of the vocabulary spells; characters outside the alphabet give their UTF-8.</summary>
    public static byte[] Decode(string token) =>
        [.. token.SelectMany(character => Bytes.TryGetValue(character, out byte value) ? [value] : System.Text.Encoding.UTF8.GetBytes([character]))];

    /// <summary>The spelling of a text's UTF-8 bytes.</summary>
    public static string Encode(string text) => string.Concat(System.Text.Encoding.UTF8.GetBytes(text).Select(value => Characters[value]));

    static Dictionary<char, byte> Build()
    {
        Dictionary<char, byte> bytes = [];
        int next = 0x100;
        for (int value = 0; value < 256; value++)
        {
            bool visible = value is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE;
            bytes[visible ? (char)value : (char)next++] = (byte)value;
        }
        return bytes;
    }
}
