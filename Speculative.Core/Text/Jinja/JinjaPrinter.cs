using System.Globalization;

namespace Speculative;

/// <summary>Python's <c>str</c> and <c>repr</c>.</summary>
static class JinjaPrinter
{
    public static JinjaText Text(JinjaRun run, object value) => value switch
    {
        JinjaText text => text,
        JinjaUndefined => JinjaText.Empty,
        _ => Write(run.NewWriter(), value).ToText(),
    };

    /// <summary>Up to 17 digits, those that give the number again; exponents as Python writes them.</summary>
    public static string Number(double value)
    {
        if (!double.IsFinite(value))
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        string digits = value.ToString("E16", CultureInfo.InvariantCulture);
        int exponent = int.Parse(digits.AsSpan(digits.IndexOf('E', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture);
        if (value == 0 || exponent is >= -4 and < 16)
            return Fixed(value);
        string shortest = value.ToString("R", CultureInfo.InvariantCulture);
        int e = shortest.IndexOf('E', StringComparison.Ordinal);
        string power = $"{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        return e >= 0 ? $"{shortest[..e]}e{power}" : $"{shortest.TrimEnd('0')}e{power}";
    }

    static string Fixed(double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        if (text.Contains('E', StringComparison.Ordinal))
            text = value.ToString("F1", CultureInfo.InvariantCulture);
        return text.Contains('.', StringComparison.Ordinal) ? text : text + ".0";
    }

    static JinjaWriter Write(JinjaWriter writer, object value) => value switch
    {
        JinjaText text => WriteQuoted(writer, text),
        JinjaNone => writer.Add("None"),
        bool known => writer.Add(known ? "True" : "False"),
        long number => writer.Add(number.ToString(CultureInfo.InvariantCulture)),
        double number => writer.Add(Number(number)),
        JinjaList list => WriteList(writer, list),
        JinjaDict dict => WriteDict(writer, dict),
        JinjaUndefined => writer.Add("Undefined"),
        _ => throw new JinjaFault("a value that can be printed", JinjaValue.Kind(value)),
    };

    static JinjaWriter WriteList(JinjaWriter writer, JinjaList list)
    {
        writer.Add(list.IsTuple ? "(" : "[");
        for (int i = 0; i < list.Items.Count; i++)
            Write(i == 0 ? writer : writer.Add(", "), list.Items[i]);
        return writer.Add(!list.IsTuple ? "]" : list.Items.Count == 1 ? ",)" : ")");
    }

    static JinjaWriter WriteDict(JinjaWriter writer, JinjaDict dict)
    {
        string before = "{";
        foreach ((object key, object value) in dict.Items)
        {
            Write(Write(writer.Add(before), key).Add(": "), value);
            before = ", ";
        }
        return writer.Add(dict.Items.Count == 0 ? "{}" : "}");
    }

    static JinjaWriter WriteQuoted(JinjaWriter writer, JinjaText text)
    {
        bool isDouble = text.Value.Contains('\'', StringComparison.Ordinal) && !text.Value.Contains('"', StringComparison.Ordinal);
        char quote = isDouble ? '"' : '\'';
        writer.Add(quote.ToString());
        for (int i = 0; i < text.Value.Length; i++)
            writer.Add(Escape(text.Value, i, quote), text.IsSaid(i));
        return writer.Add(quote.ToString());
    }

    static string Escape(string text, int at, char quote) => text[at] switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\\' => @"\\",
        var character when character == quote => $"\\{character}",
        var character when !IsPrintable(text, at) => character < 0x100 ? $"\\x{(int)character:x2}" : $"\\u{(int)character:x4}",
        var character => character.ToString(),
    };

    static bool IsPrintable(string text, int at) => text[at] == ' ' || char.IsSurrogate(text[at])
        || char.GetUnicodeCategory(text[at]) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
