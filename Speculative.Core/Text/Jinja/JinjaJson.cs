namespace Speculative;

/// <summary>Hugging Face's <c>tojson</c>: Python's <c>json.dumps</c>, characters outside of ASCII as they are.</summary>
sealed class JinjaJson
{
    readonly JinjaWriter writer;
    readonly JinjaText? indent;
    readonly JinjaText separator, colon;
    readonly bool isAscii, sorts;

    JinjaJson(JinjaRun run, JinjaArguments arguments)
    {
        object?[] given = arguments.Bind("ensure_ascii", "indent", "separators", "sort_keys");
        writer = run.NewWriter();
        indent = given[1] switch
        {
            null or JinjaNone => null,
            JinjaText text => text,
            { } width => new(new string(' ', Math.Max(0, Math.Min(JinjaValue.ToCount(width), 64)))),
        };
        (separator, colon) = given[2] is JinjaList { Items: [JinjaText first, JinjaText second] } ? (first, second)
            : (new(indent is null ? ", " : ","), new JinjaText(": "));
        (isAscii, sorts) = (JinjaValue.IsTrue(given[0]), JinjaValue.IsTrue(given[3]));
    }

    public static object Write(JinjaRun run, object value, JinjaArguments arguments)
    {
        JinjaJson json = new(run, arguments);
        json.Write(value, 1);
        return json.writer.ToText();
    }

    void Write(object value, int depth)
    {
        if (value is JinjaText text)
            WriteText(text);
        else if (value is JinjaList list)
            WriteItems("[]", list.Items, depth, item => Write(item, depth + 1));
        else if (value is JinjaDict dict)
            WriteItems("{}", Sorted(dict), depth, pair =>
            {
                WriteText(Key(pair.Key));
                writer.Add(colon);
                Write(pair.Value, depth + 1);
            });
        else
            writer.Add(Scalar(value));
    }

    static string Scalar(object value) => value switch
    {
        JinjaNone => "null",
        bool known => known ? "true" : "false",
        long number => number.ToString(System.Globalization.CultureInfo.InvariantCulture),
        double number => double.IsNaN(number) ? "NaN" : double.IsInfinity(number) ? number > 0 ? "Infinity" : "-Infinity"
            : JinjaPrinter.Number(number),
        _ => throw new JinjaFault("a value that JSON knows", JinjaValue.Kind(value)),
    };

    static JinjaText Key(object key) => key as JinjaText ?? new(Scalar(key));

    IEnumerable<KeyValuePair<object, object>> Sorted(JinjaDict dict) =>
        sorts ? dict.Items.Order(Comparer<KeyValuePair<object, object>>.Create((a, b) => JinjaEquality.Compare(a.Key, b.Key))) : dict.Items;

    void WriteItems<T>(string brackets, IEnumerable<T> items, int depth, Action<T> write)
    {
        writer.Add(brackets[..1]);
        bool isFirst = true;
        foreach (T item in items)
        {
            if (!isFirst)
                writer.Add(separator);
            isFirst = false;
            WriteLine(depth);
            write(item);
        }
        if (!isFirst)
            WriteLine(depth - 1);
        writer.Add(brackets[1..]);
    }

    void WriteLine(int depth)
    {
        if (indent is null)
            return;
        writer.Add("\n");
        for (int i = 0; i < depth; i++)
            writer.Add(indent);
    }

    void WriteText(JinjaText text)
    {
        writer.Add("\"");
        for (int i = 0; i < text.Value.Length; i++)
            writer.Add(Escape(text.Value[i]), text.IsSaid(i));
        writer.Add("\"");
    }

    string Escape(char character) => character switch
    {
        '"' => "\\\"",
        '\\' => @"\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\b' => "\\b",
        '\f' => "\\f",
        < ' ' => $"\\u{(int)character:x4}",
        > '~' when isAscii => $"\\u{(int)character:x4}",
        _ => character.ToString(),
    };
}
