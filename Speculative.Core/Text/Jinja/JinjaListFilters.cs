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
        ["dictsort"] = SortDict,
        ["sort"] = Sort,
        ["unique"] = Unique,
        ["min"] = (run, value, arguments) => Extreme(run, value, arguments, -1),
        ["max"] = (run, value, arguments) => Extreme(run, value, arguments, 1),
        ["sum"] = Sum,
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

    static bool Flag(object? value) => value is not null && JinjaValue.IsTrue(value);

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

    /// <summary>What is compared: without regard to large letters unless it is asked for.</summary>
    static object Key(JinjaRun run, object item, object? attribute, object? isCaseSensitive) =>
        Attribute(run, item, attribute) is var value && value is JinjaText text && !Flag(isCaseSensitive)
            ? JinjaCase.Lower(run, text) : value;

    static List<object> Sorted(JinjaRun run, IEnumerable<object> items, Func<object, object> key, bool descends)
    {
        (object Item, object Key)[] keyed = [.. items.Select(item => (item, key(item)))];
        run.Budget.Spend(keyed.Sum(item => JinjaBudget.WholeCost(item.Key)) * 32);
        Comparer<object> order = Comparer<object>.Create(JinjaEquality.Compare);
        try
        {
            IEnumerable<(object Item, object Key)> sorted = descends
                ? keyed.OrderByDescending(item => item.Key, order) : keyed.OrderBy(item => item.Key, order);
            return [.. sorted.Select(item => item.Item)];
        }
        catch (InvalidOperationException fault) when (fault.InnerException is JinjaFault inner)
        {
            throw inner;
        }
    }

    static JinjaList Sort(JinjaRun run, object value, JinjaArguments arguments)
    {
        object?[] given = arguments.Bind("reverse", "case_sensitive", "attribute");
        return new JinjaList(Sorted(run, JinjaValue.Items(value), item => Key(run, item, given[2], given[1]), Flag(given[0])));
    }

    static JinjaList SortDict(JinjaRun run, object value, JinjaArguments arguments)
    {
        object?[] given = arguments.Bind("case_sensitive", "by", "reverse");
        long place = given[1] is JinjaText { Value: "value" } ? 1 : 0;
        return new JinjaList(Sorted(run, ToDict(value).Pairs(), pair => Key(run, pair, place, given[0]), Flag(given[2])));
    }

    static JinjaList Unique(JinjaRun run, object value, JinjaArguments arguments)
    {
        object?[] given = arguments.Bind("case_sensitive", "attribute");
        HashSet<object> seen = new(JinjaEquality.Instance);
        return new JinjaList([.. JinjaValue.Items(value).Where(item =>
        {
            object key = Key(run, item, given[1], given[0]);
            run.Budget.Spend(JinjaBudget.WholeCost(key) * 2);
            return seen.Add(key);
        })]);
    }

    static object Extreme(JinjaRun run, object value, JinjaArguments arguments, int sign)
    {
        object?[] given = arguments.Bind("case_sensitive", "attribute");
        (object? best, object? key) = (null, null);
        foreach (object item in JinjaValue.Items(value))
        {
            object next = Key(run, item, given[1], given[0]);
            run.Budget.Spend(JinjaBudget.WholeCost(next));
            if (key is null || Math.Sign(JinjaEquality.Compare(next, key)) == sign)
                (best, key) = (item, next);
        }
        return best ?? new JinjaUndefined(sign < 0 ? "min" : "max");
    }

    static object Sum(JinjaRun run, object value, JinjaArguments arguments)
    {
        object?[] given = arguments.Bind("attribute", "start");
        return JinjaValue.Items(value).Select(item => Attribute(run, item, given[0]))
            .Aggregate(given[1] ?? 0L, (sum, item) => sum is JinjaText ? throw new JinjaFault("numbers", JinjaValue.Kind(sum))
                : JinjaOperator.Calculate(run, "+", sum, item));
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
