namespace Speculative;

/// <summary>A dictionary in the order of its making, immutable.</summary>
sealed class JinjaDict : IJinjaCollection
{
    readonly OrderedDictionary<object, object> items = new(JinjaEquality.Instance);

    public JinjaDict(IEnumerable<KeyValuePair<object, object>> pairs)
    {
        foreach ((object key, object value) in pairs)
            items[key is JinjaDict or JinjaList { IsTuple: false }
                ? throw new JinjaFault("a key that cannot change", JinjaValue.Kind(key)) : key] = value;
        Size = JinjaSize.Of(items.Keys.Concat(items.Values));
    }

    public IReadOnlyDictionary<object, object> Items => items;

    public JinjaSize Size { get; }

    public IEnumerable<object> Pairs() => items.Select(pair => new JinjaList([pair.Key, pair.Value], isTuple: true));
}
