namespace Speculative;

/// <summary>jinja2's filters of lists; what Python gives one by one is a list here.</summary>
static class JinjaListFilters
{
    public static IReadOnlyDictionary<string, JinjaMethod<object>> All { get; } = new Dictionary<string, JinjaMethod<object>>
    {
        ["length"] = (_, value, _) => JinjaValue.Length(value),
        ["count"] = (_, value, _) => JinjaValue.Length(value),
        ["first"] = (_, value, _) => JinjaValue.Items(value) is [var first, ..] ? first : new JinjaUndefined("first"),
        ["last"] = (_, value, _) => JinjaValue.Items(value) is [.., var last] ? last : new JinjaUndefined("last"),
        ["list"] = (_, value, _) => new JinjaList(JinjaValue.Items(value)),
        ["reverse"] = Reverse,
        ["join"] = Join,
        ["items"] = (_, value, _) => value is JinjaUndefined ? new JinjaList([]) : new JinjaList([.. ToDict(value).Pairs()]),
        ["map"] = Map,
        ["select"] = (run, value, arguments) => Select(run, value, arguments, null, wanted: true),
        ["reject"] = (run, value, arguments) => Select(run, value, arguments, null, wanted: false),
        ["selectattr"] = (run, value, arguments) => Select(run, value, arguments.Skip(1), First(arguments), wanted: true),
        ["rejectattr"] = (run, value, arguments) => Select(run, value, arguments.Skip(1), First(arguments), wanted: false),
    };

    /// <summary>Texts, and what else there is as it is printed, with a separator between them.</summary>
    public static JinjaText Concatenate(JinjaRun run, IReadOnlyList<object> items, JinjaText separator)
    {
        JinjaWriter writer = run.NewWriter();
        for (int i = 0; i < items.Count; i++)
            (i == 0 ? writer : writer.Add(separator)).Add(JinjaPrinter.Text(run, items[i]));
        return writer.ToText();
    }

    static object First(JinjaArguments arguments) =>
        arguments.Values is [var first, ..] ? first : throw new JinjaFault("the name of an attribute", "none");

    static JinjaDict ToDict(object value) => value as JinjaDict ?? throw new JinjaFault("a dictionary", JinjaValue.Kind(value));

    /// <summary><c>a.b.0</c>, member by member; null is the item itself.</summary>
    static object Attribute(JinjaRun run, object item, object? path)
    {
        if (path is null or JinjaNone)
            return item;
        if (path is not JinjaText names)
            return JinjaMember.Item(run, item, path);
        object value = item;
        foreach (string name in names.Value.Split('.'))
            value = JinjaMember.Item(run, value, long.TryParse(name, out long index) ? index : new JinjaText(name));
        return value;
    }

    static object Reverse(JinjaRun run, object value, JinjaArguments arguments)
    {
        IReadOnlyList<object> reversed = [.. JinjaValue.Items(value).Reverse()];
        return value is JinjaText ? Concatenate(run, reversed, JinjaText.Empty) : new JinjaList(reversed);
    }

    static JinjaText Join(JinjaRun run, object value, JinjaArguments arguments)
    {
        object?[] given = arguments.Bind("d", "attribute");
        JinjaText separator = given[0] is null ? JinjaText.Empty : JinjaPrinter.Text(run, given[0]!);
        return Concatenate(run, [.. JinjaValue.Items(value).Select(item => Attribute(run, item, given[1]))], separator);
    }

    static JinjaList Map(JinjaRun run, object value, JinjaArguments arguments)
    {
        IReadOnlyList<object> items = JinjaValue.Items(value);
        if (arguments.Values is not [var name, ..])
        {
            object?[] given = arguments.Bind("attribute", "default");
            return new JinjaList([.. items.Select(item => Attribute(run, item, given[0]) is var found
                && found is JinjaUndefined && given[1] is { } otherwise ? otherwise : found)]);
        }
        (string filter, JinjaArguments rest) = (JinjaValue.ToText(name).Value, arguments.Skip(1));
        return new JinjaList([.. items.Select(item => JinjaFilters.Apply(run, filter, item, rest))]);
    }

    static JinjaList Select(JinjaRun run, object value, JinjaArguments arguments, object? attribute, bool wanted)
    {
        string? test = arguments.Values is [var name, ..] ? JinjaValue.ToText(name).Value : null;
        JinjaArguments rest = arguments.Skip(1);
        return new JinjaList([.. JinjaValue.Items(value).Where(item => Attribute(run, item, attribute) is var found
            && (test is null ? JinjaValue.IsTrue(found) : JinjaTests.Holds(run, test, found, rest)) == wanted)]);
    }
}
