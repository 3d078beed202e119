using System.Collections.Frozen;

namespace Speculative;

/// <summary>The methods of dictionaries and lists that change nothing.</summary>
static class JinjaMethods
{
    static readonly FrozenDictionary<string, JinjaMethod<JinjaDict>> dicts = new Dictionary<string, JinjaMethod<JinjaDict>>
    {
        ["get"] = Get,
        ["items"] = (run, dict, _) => Paid(run, new([.. dict.Pairs()])),
        ["keys"] = (run, dict, _) => Paid(run, new([.. dict.Items.Keys])),
        ["values"] = (run, dict, _) => Paid(run, new([.. dict.Items.Values])),
        ["copy"] = (_, dict, _) => dict,
    }.ToFrozenDictionary();

    static readonly FrozenDictionary<string, JinjaMethod<JinjaList>> lists = new Dictionary<string, JinjaMethod<JinjaList>>
    {
        ["index"] = (run, list, arguments) => Index(run, list, arguments),
        ["count"] = (run, list, arguments) => (long)Places(run, list, arguments.One("value")).Count,
        ["copy"] = (_, list, _) => list,
    }.ToFrozenDictionary();

    public static JinjaMethod<JinjaDict>? FindOfDict(string name) => dicts.GetValueOrDefault(name);

    public static JinjaMethod<JinjaList>? FindOfList(string name) => lists.GetValueOrDefault(name);

    static JinjaList Paid(JinjaRun run, JinjaList list)
    {
        run.Budget.Spend(JinjaBudget.Cost(list));
        return list;
    }

    static object Get(JinjaRun run, JinjaDict dict, JinjaArguments arguments)
    {
        object?[] given = arguments.Bind("key", "default");
        object key = given[0] ?? throw new JinjaFault("a key", "none");
        run.Budget.Spend(JinjaBudget.WholeCost(key));
        return dict.Items.TryGetValue(key, out object? value) ? value : given[1] ?? JinjaNone.Value;
    }

    static long Index(JinjaRun run, JinjaList list, JinjaArguments arguments) =>
        Places(run, list, arguments.One("value")) is [var first, ..] ? first : throw new JinjaFault("an item of the list", "none");

    static List<long> Places(JinjaRun run, JinjaList list, object wanted)
    {
        List<long> places = [];
        for (int i = 0; i < list.Items.Count; i++)
            if (JinjaOperator.Compare(run, "==", list.Items[i], wanted))
                places.Add(i);
        return places;
    }
}
