using System.Globalization;
using System.Text;

namespace Speculative;

/// <summary>A text in quotes in a Jinja template; escapes are Python's.</summary>
static class JinjaLiteral
{
    const string Letters = "abfnrtv0\\'\"", Meanings = "\a\b\f\n\r\t\v\0\\'\"";

    /// <summary>The place after the closing quote; the end of the template where it is missing.</summary>
    /// <param name="template">The template.</param>
    /// <param name="open">Where the opening quote is.</param>
    public static int End(string template, int open)
    {
        for (int i = open + 1; i < template.Length; i++)
            if (template[i] == template[open])
                return i + 1;
            else if (template[i] == '\\')
                i++;
        return template.Length;
    }

    /// <summary>What it stands for; an unknown escape stays as it is.</summary>
    /// <param name="quoted">The text with its quotes.</param>
    public static string Unescape(ReadOnlySpan<char> quoted)
    {
        StringBuilder text = new(quoted.Length);
        ReadOnlySpan<char> inside = quoted.Length > 1 && quoted[^1] == quoted[0] ? quoted[1..^1] : quoted[1..];
        for (int i = 0; i < inside.Length; i++)
            if (inside[i] != '\\' || i + 1 == inside.Length)
                text.Append(inside[i]);
            else
                i += Append(text, inside[(i + 1)..]);
        return text.ToString();
    }

    /// <summary>Appends what an escape means; returns its length without the backslash.</summary>
    static int Append(StringBuilder text, ReadOnlySpan<char> escape)
    {
        int digits = escape[0] switch { 'x' => 2, 'u' => 4, _ => 0 };
        if (Letters.IndexOf(escape[0]) is >= 0 and var letter)
            text.Append(Meanings[letter]);
        else if (digits > 0 && escape.Length > digits
            && ushort.TryParse(escape.Slice(1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort code))
            text.Append((char)code);
        else
            (_, digits) = (text.Append('\\').Append(escape[0]), 0);
        return 1 + digits;
    }
}
