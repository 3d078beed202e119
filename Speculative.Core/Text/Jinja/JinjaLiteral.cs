using System.Globalization;
using System.Text;

namespace Speculative;

/// <summary>Strings and numbers as a template writes them.</summary>
static class JinjaLiteral
{
    const string Letters = "abfnrtv\\'\"", Meanings = "\a\b\f\n\r\t\v\\'\"";

    /// <summary>What a text between quotes stands for, with Python's escapes; null if an escape is damaged.</summary>
    public static string? Unescape(ReadOnlySpan<char> inside)
    {
        StringBuilder text = new(inside.Length);
        for (int i = 0; i < inside.Length; i++)
            if (inside[i] != '\\')
                text.Append(inside[i]);
            else if (Append(text, inside[(i + 1)..]) is > 0 and var length)
                i += length;
            else
                return null;
        return text.ToString();
    }

    /// <summary>A whole number in base 2, 8, 10 or 16.</summary>
    public static object Integer(JinjaToken token)
    {
        string bare = token.Text.Replace("_", "", StringComparison.Ordinal);
        try
        {
            long number = bare.Length > 2 && char.IsLetter(bare[1])
                ? Convert.ToInt64(bare[2..], bare[1] switch { 'x' or 'X' => 16, 'o' or 'O' => 8, _ => 2 })
                : long.Parse(bare, CultureInfo.InvariantCulture);
            return number >= 0 ? number : throw new OverflowException();
        }
        catch (Exception fault) when (fault is OverflowException or FormatException or ArgumentException)
        {
            throw new JinjaFault("a whole number below 2^63", JinjaFault.Show(token.Text)) { Line = token.Line };
        }
    }

    public static object Float(string digits) =>
        double.Parse(digits.Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>Appends what an escape means; returns its length without the backslash, 0 if it is damaged.</summary>
    static int Append(StringBuilder text, ReadOnlySpan<char> escape)
    {
        int digits = escape[0] switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits > 0)
            return AppendCode(text, escape[1..], digits);
        if (escape[0] is >= '0' and <= '7')
            return AppendOctal(text, escape);
        if (escape[0] == 'N')
            return 0;
        if (Letters.IndexOf(escape[0], StringComparison.Ordinal) is >= 0 and var letter)
            text.Append(Meanings[letter]);
        else if (escape[0] != '\n')
            text.Append('\\').Append(escape[0]);
        return 1;
    }

    static int AppendCode(StringBuilder text, ReadOnlySpan<char> escape, int digits)
    {
        if (escape.Length < digits || !uint.TryParse(
            escape[..digits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint code) || code > 0x10FFFF)
            return 0;
        if (code > 0xFFFF)
            text.Append(char.ConvertFromUtf32((int)code));
        else
            text.Append((char)code);
        return 1 + digits;
    }

    static int AppendOctal(StringBuilder text, ReadOnlySpan<char> escape)
    {
        int code = 0, length = 0;
        while (length < Math.Min(3, escape.Length) && escape[length] is >= '0' and <= '7')
            code = code * 8 + (escape[length++] - '0');
        text.Append((char)code);
        return length;
    }
}
