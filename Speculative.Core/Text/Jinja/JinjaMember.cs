namespace Speculative;

/// <summary>Members, indices and slices. A name that Python's sandbox hides, or that does not exist, is undefined.</summary>
static class JinjaMember
{
    /// <summary><c>value.name</c>: a method first, then an item.</summary>
    public static object Attribute(object value, string name) => value switch
    {
        JinjaUndefined undefined => throw undefined.Fault(),
        JinjaNamespace space => space.Items.GetValueOrDefault(name, new JinjaUndefined(name)),
        JinjaLoop loop => loop.Attribute(name) ?? new JinjaUndefined(name),
        JinjaDict dict => (object?)Method(value, name) ?? dict.Items.GetValueOrDefault(new JinjaText(name), new JinjaUndefined(name)),
        _ => (object?)Method(value, name) ?? new JinjaUndefined(name),
    };

    /// <summary><c>value[key]</c>: an item first, then a member.</summary>
    public static object Item(JinjaRun run, object value, object key)
    {
        run.Budget.Spend(JinjaBudget.WholeCost(key));
        if (value is JinjaUndefined undefined)
            throw undefined.Fault();
        if (value is JinjaDict dict && dict.Items.TryGetValue(key, out object? item))
            return item;
        if (key is JinjaText name)
            return Attribute(value, name.Value);
        if (JinjaValue.Integer(key) is not { } index || value is not (JinjaList or JinjaText))
            return new JinjaUndefined(key is long number ? $"{number}" : JinjaValue.Kind(key));
        long length = JinjaValue.Length(value), place = index < 0 ? index + length : index;
        run.Budget.Spend(value is JinjaText ? JinjaBudget.Cost(value) : 0);
        return place < 0 || place >= length ? new JinjaUndefined($"{index}") : At(value, (int)place);
    }

    /// <summary><c>value[start:stop:step]</c>, as Python's <c>slice.indices</c> has it.</summary>
    public static object Slice(JinjaRun run, object value, object? start, object? stop, object? step)
    {
        if (value is JinjaUndefined undefined)
            throw undefined.Fault();
        if (value is not (JinjaList or JinjaText))
            throw new JinjaFault("a list or a string to cut", JinjaValue.Kind(value));
        run.Budget.Spend(JinjaBudget.Cost(value));
        long by = Given(step) ?? 1, length = JinjaValue.Length(value), least = by < 0 ? -1 : 0, most = by < 0 ? length - 1 : length;
        if (by == 0)
            throw new JinjaFault("a step other than 0", "0");
        long first = Clamp(Given(start), by < 0 ? most : least), end = Clamp(Given(stop), by < 0 ? least : most);
        return by == 1 && value is JinjaText text ? Cut(text, (int)first, (int)Math.Max(first, end)) : Pick(run, value, first, end, by);

        long Clamp(long? place, long otherwise) =>
            place is { } given ? Math.Clamp(given < 0 ? Math.Max(given, -length - 1) + length : given, least, most) : otherwise;
    }

    static long? Given(object? place) => place is null or JinjaNone ? null : JinjaValue.ToInteger(place);

    static object At(object value, int place) =>
        value is JinjaList list ? list.Items[place] : Cut((JinjaText)value, place, place + 1);

    static JinjaText Cut(JinjaText text, int start, int end)
    {
        int unit = text.ToUnit(start);
        return text.Cut(unit, text.ToUnit(end) - unit);
    }

    static object Pick(JinjaRun run, object value, long first, long end, long step)
    {
        IReadOnlyList<object> items = JinjaValue.Items(value);
        List<object> picked = [];
        for (long i = first; step > 0 ? i < end : i > end; i += Math.Clamp(step, -int.MaxValue, int.MaxValue))
            picked.Add(items[(int)i]);
        return value is JinjaList list ? new JinjaList(picked, list.IsTuple) : JinjaListFilters.Concatenate(run, picked, JinjaText.Empty);
    }

    static JinjaFunction? Method(object value, string name) => value switch
    {
        JinjaText text => JinjaTextMethods.Find(name) is { } method ? (run, arguments) => method(run, text, arguments) : null,
        JinjaDict dict => JinjaMethods.FindOfDict(name) is { } method ? (run, arguments) => method(run, dict, arguments) : null,
        JinjaList list => JinjaMethods.FindOfList(name) is { } method ? (run, arguments) => method(run, list, arguments) : null,
        _ => null,
    };
}
