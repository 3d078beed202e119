using System.Collections.Frozen;

namespace Speculative;

/// <summary>The functions that every template may call.</summary>
static class JinjaGlobals
{
    const int MostRange = 100_000;

    static readonly FrozenDictionary<string, JinjaFunction> functions = new Dictionary<string, JinjaFunction>
    {
        ["range"] = Range,
        ["namespace"] = MakeNamespace,
        ["dict"] = (run, arguments) => MakeDict(run, arguments),
        ["raise_exception"] = (run, arguments) => throw new JinjaRefusal(JinjaPrinter.Text(run, arguments.One("message")).Value),
    }.ToFrozenDictionary();

    public static object? Find(string name) => functions.GetValueOrDefault(name);

    static JinjaList Range(JinjaRun run, JinjaArguments arguments)
    {
        long[] given = [.. arguments.Bind("", "", "").OfType<object>().Select(JinjaValue.ToInteger)];
        (long start, long stop, long step) = given switch
        {
            [var end] => (0, end, 1),
            [var first, var end] => (first, end, 1),
            [var first, var end, not 0 and var by] => (first, end, by),
            _ => throw new JinjaFault("range(start, stop, step)", "something else"),
        };
        List<object> numbers = [];
        for (Int128 i = start; step > 0 ? i < stop : i > stop; i += step)
            numbers.Add(numbers.Count < MostRange ? (long)i
                : throw new JinjaFault($"a range of at most {MostRange} numbers", "a longer one"));
        run.Budget.Spend(numbers.Count);
        return new JinjaList(numbers);
    }

    static JinjaNamespace MakeNamespace(JinjaRun run, JinjaArguments arguments)
    {
        JinjaNamespace made = new();
        foreach ((object name, object value) in MakeDict(run, arguments).Items)
            made.Items[JinjaValue.ToText(name).Value] = value;
        return made;
    }

    static JinjaDict MakeDict(JinjaRun run, JinjaArguments arguments)
    {
        List<KeyValuePair<object, object>> pairs = [];
        if (arguments.Values is [var given])
            pairs.AddRange(given is JinjaDict dict ? dict.Items : JinjaValue.Items(given).Select(Pair));
        else if (arguments.Values.Count > 0)
            throw new JinjaFault("one dictionary or names with values", "more");
        pairs.AddRange(arguments.Named.Select(pair => new KeyValuePair<object, object>(new JinjaText(pair.Key), pair.Value)));
        run.Budget.Spend(pairs.Sum(pair => JinjaBudget.WholeCost(pair.Key)));
        return new(pairs);
    }

    static KeyValuePair<object, object> Pair(object item) => JinjaValue.Items(item) is [var key, var value]
        ? new(key, value) : throw new JinjaFault("pairs", JinjaValue.Kind(item));
}
