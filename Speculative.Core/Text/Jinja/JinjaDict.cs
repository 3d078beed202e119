namespace Speculative;

/// <summary>A dictionary in the order of its making, immutable.</summary>
sealed class JinjaDict : IJinjaCollection
{
    readonly OrderedDictionary<object, object> items = new(JinjaEquality.Instance);

    public JinjaDict(IEnumerable<KeyValuePair<object, object>> pairs)
    {
        foreach ((object key, object value) in pairs)
            items[IsFixed(key) ? key : throw new JinjaFault("a key that cannot change", JinjaValue.Kind(key))] = value;
        Size = JinjaSize.Of(items.Keys.Concat(items.Values));
    }

    public IReadOnlyDictionary<object, object> Items => items;

    public JinjaSize Size { get; }

    /// <summary>Whether nothing in it can change, as Python wants it of keys; a dictionary's hash would tell little of it, too.</summary>
    static bool IsFixed(object key) =>
        key is not JinjaDict && (key is not JinjaList list || (list.IsTuple && list.Items.All(IsFixed)));

    public IEnumerable<object> Pairs() => items.Select(pair => new JinjaList([pair.Key, pair.Value], isTuple: true));
}
