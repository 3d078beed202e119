namespace Speculative;

/// <summary>Python's ways to split a string.</summary>
static class JinjaSplitter
{
    public static object Split(JinjaRun run, JinjaText text, JinjaArguments arguments)
    {
        (JinjaText? separator, int most) = Bind(arguments);
        if (separator is null)
            return Words(run, text, most);
        List<object> parts = [];
        int from = 0;
        for (int at; (most < 0 || parts.Count < most) && (at = JinjaOperator.Find(run, text, separator, from)) >= 0;)
        {
            parts.Add(Part(run, text, from, at));
            from = at + separator.Value.Length;
        }
        return new JinjaList([.. parts, text.Cut(from)]);
    }

    public static object SplitFromEnd(JinjaRun run, JinjaText text, JinjaArguments arguments)
    {
        (JinjaText? separator, int most) = Bind(arguments);
        if (separator is null)
            return most < 0 ? Words(run, text, most) : throw new JinjaFault("a separator", "rsplit at white space");
        List<object> parts = [];
        int end = text.Value.Length;
        for (int at; (most < 0 || parts.Count < most) && (at = JinjaOperator.FindLast(run, text, separator, end)) >= 0; end = at)
            parts.Add(Part(run, text, at + separator.Value.Length, end));
        parts.Add(text.Cut(0, end));
        parts.Reverse();
        return new JinjaList(parts);
    }

    public static object SplitLines(JinjaRun run, JinjaText text, JinjaArguments arguments)
    {
        bool keeps = JinjaValue.IsTrue(arguments.Bind("keepends")[0]);
        return new JinjaList([.. Lines(run, text, keeps)]);
    }

    public static IReadOnlyList<JinjaText> Lines(JinjaRun run, JinjaText text, bool keeps)
    {
        List<JinjaText> lines = [];
        string value = text.Value;
        for (int from = 0, next; from < value.Length; from = next)
        {
            int end = from;
            while (end < value.Length && !IsLineEnd(value[end]))
                end++;
            next = end == value.Length ? end : value.AsSpan(end).StartsWith("\r\n", StringComparison.Ordinal) ? end + 2 : end + 1;
            lines.Add(Part(run, text, from, keeps ? next : end));
        }
        return lines;
    }

    static bool IsLineEnd(char character) =>
        character is >= '\n' and <= '\r' or >= '\x1C' and <= '\x1E' or '\x85' or '\u2028' or '\u2029';

    static (JinjaText? Separator, int Most) Bind(JinjaArguments arguments)
    {
        object?[] given = arguments.Bind("sep", "maxsplit");
        JinjaText? separator = given[0] is null or JinjaNone ? null : JinjaValue.ToText(given[0]!);
        return separator is not { Value.Length: 0 } ? (separator, JinjaValue.ToCount(given[1]))
            : throw new JinjaFault("a separator", "an empty one");
    }

    static JinjaText Part(JinjaRun run, JinjaText text, int start, int end)
    {
        run.Budget.Spend(1);
        return text.Cut(start, end - start);
    }

    static JinjaList Words(JinjaRun run, JinjaText text, int most)
    {
        List<object> words = [];
        int at = SkipSpace(text.Value, 0);
        for (int end = at; at < text.Value.Length && (most < 0 || words.Count < most); at = SkipSpace(text.Value, end))
        {
            for (end = at; end < text.Value.Length && !JinjaText.IsSpace(text.Value[end]);)
                end++;
            words.Add(Part(run, text, at, end));
        }
        if (at < text.Value.Length)
            words.Add(text.Cut(at).Strip(null, atStart: false, atEnd: true));
        return new(words);
    }

    static int SkipSpace(string text, int at)
    {
        while (at < text.Length && JinjaText.IsSpace(text[at]))
            at++;
        return at;
    }
}
