using System.Collections.Frozen;
using System.Globalization;

namespace Speculative;

/// <summary>jinja2's filters; those of lists are <see cref="JinjaListFilters"/>'.</summary>
static class JinjaFilters
{
    /// <summary>A list of a text's characters is far larger than the text.</summary>
    const long PerCharacter = 4;

    static readonly FrozenDictionary<string, JinjaMethod<object>> filters = JinjaListFilters.All.Concat(
        new Dictionary<string, JinjaMethod<object>>
        {
            ["trim"] = (run, value, arguments) => JinjaPrinter.Text(run, value).Strip(
                JinjaTextMethods.Characters(arguments), atStart: true, atEnd: true),
            ["upper"] = (run, value, _) => JinjaCase.Upper(run, JinjaPrinter.Text(run, value)),
            ["lower"] = (run, value, _) => JinjaCase.Lower(run, JinjaPrinter.Text(run, value)),
            ["title"] = (run, value, _) => JinjaCase.Map(
                run, JinjaPrinter.Text(run, value), (text, i) => i == 0 || JinjaText.IsSpace(text[i - 1]) || "-({[<".Contains(text[i - 1])),
            ["capitalize"] = (run, value, _) => JinjaCase.Capitalize(run, JinjaPrinter.Text(run, value)),
            ["string"] = (run, value, _) => JinjaPrinter.Text(run, value),
            ["safe"] = (run, value, _) => JinjaPrinter.Text(run, value),
            ["replace"] = (run, value, arguments) => JinjaTextMethods.Replace(run, JinjaPrinter.Text(run, value), arguments),
            ["indent"] = Indent,
            ["tojson"] = JinjaJson.Write,
            ["default"] = Default,
            ["d"] = Default,
            ["int"] = ToInteger,
        }).ToFrozenDictionary();

    public static object Apply(JinjaRun run, string name, object value, JinjaArguments arguments)
    {
        run.Budget.Spend(name is "length" or "count" && value is not JinjaText ? 1
            : value is JinjaText text && JinjaListFilters.All.ContainsKey(name) ? PerCharacter * text.Value.Length : JinjaBudget.Cost(value));
        return filters.TryGetValue(name, out JinjaMethod<object>? filter) ? filter(run, value, arguments)
            : throw new JinjaFault("a filter that is known", JinjaFault.Show(name));
    }

    static object Default(JinjaRun run, object value, JinjaArguments arguments)
    {
        object?[] given = arguments.Bind("default_value", "boolean");
        bool isMissing = value is JinjaUndefined || JinjaValue.IsTrue(given[1]) && !JinjaValue.IsTrue(value);
        return isMissing ? given[0] ?? JinjaText.Empty : value;
    }

    static object ToInteger(JinjaRun run, object value, JinjaArguments arguments)
    {
        object?[] given = arguments.Bind("default", "base");
        if (value is JinjaUndefined undefined)
            throw undefined.Fault();
        if (JinjaValue.Integer(value) is { } known)
            return known;
        if (given[1] is not (null or 10L))
            throw new JinjaFault("base 10", JinjaValue.Kind(given[1]!));
        if (value is JinjaText text && long.TryParse(text.Strip(null, atStart: true, atEnd: true).Value, NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture, out long parsed))
            return parsed;
        double number = value as double? ?? Parse(value) ?? double.NaN;
        return Math.Abs(number) < long.MaxValue ? (long)number : given[0] ?? 0L;
    }

    static double? Parse(object value) => value is JinjaText text && double.TryParse(
        text.Strip(null, true, true).Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;

    static JinjaText Indent(JinjaRun run, object value, JinjaArguments arguments)
    {
        object?[] given = arguments.Bind("width", "first", "blank");
        int width = given[0] is null or JinjaText ? 4 : Math.Clamp(JinjaValue.ToCount(given[0]), 0, 1024);
        JinjaText by = given[0] as JinjaText ?? new(new string(' ', width));
        (bool first, bool blank) = (JinjaValue.IsTrue(given[1]), JinjaValue.IsTrue(given[2]));
        JinjaText ended = run.NewWriter().Add(JinjaPrinter.Text(run, value)).Add("\n").ToText();
        IReadOnlyList<JinjaText> lines = JinjaSplitter.Lines(run, ended, keeps: false);
        JinjaWriter writer = run.NewWriter();
        for (int i = 0; i < lines.Count; i++)
        {
            if (i > 0)
                writer.Add("\n");
            if (i == 0 ? first : blank || lines[i].Value.Length > 0)
                writer.Add(by);
            writer.Add(lines[i]);
        }
        return writer.ToText();
    }
}
