namespace Speculative;

/// <summary>Python's <c>==</c> and <c>&lt;</c>.</summary>
sealed class JinjaEquality : IEqualityComparer<object>
{
    public static readonly JinjaEquality Instance = new();

    public new bool Equals(object? left, object? right) => (left, right) switch
    {
        (JinjaText a, JinjaText b) => a.Value == b.Value,
        (JinjaList a, JinjaList b) => a.IsTuple == b.IsTuple && a.Items.SequenceEqual(b.Items, this),
        (JinjaDict a, JinjaDict b) => a.Items.Count == b.Items.Count
            && a.Items.All(pair => b.Items.TryGetValue(pair.Key, out object? value) && Equals(pair.Value, value)),
        (JinjaUndefined, JinjaUndefined) => true,
        (long a, long b) => a == b,
        ({ } a, { } b) when JinjaValue.Number(a) is { } number => JinjaValue.Number(b) == number,
        _ => ReferenceEquals(left, right),
    };

    public int GetHashCode(object value) => value switch
    {
        JinjaText text => text.Value.GetHashCode(StringComparison.Ordinal),
        JinjaList list => list.Items.Aggregate(list.Items.Count, (hash, item) => HashCode.Combine(hash, GetHashCode(item))),
        JinjaDict dict => dict.Items.Count,
        JinjaUndefined => 0,
        _ => JinjaValue.Number(value) is { } number ? number.GetHashCode() : value.GetHashCode(),
    };

    /// <summary>Which comes first; throws where Python knows no order.</summary>
    public static int Compare(object left, object right)
    {
        if (left is JinjaText text && right is JinjaText other)
            return string.CompareOrdinal(text.Value, other.Value);
        if (left is JinjaList list && right is JinjaList others && list.IsTuple == others.IsTuple)
            return CompareItems(list.Items, others.Items);
        if (left is long a && right is long b)
            return a.CompareTo(b);
        return (JinjaValue.Number(left), JinjaValue.Number(right)) is ({ } number, { } second) ? number.CompareTo(second)
            : throw new JinjaFault("two values that have an order", $"{JinjaValue.Kind(left)} and {JinjaValue.Kind(right)}");
    }

    static int CompareItems(IReadOnlyList<object> left, IReadOnlyList<object> right)
    {
        for (int i = 0; i < Math.Min(left.Count, right.Count); i++)
            if (!Instance.Equals(left[i], right[i]))
                return Compare(left[i], right[i]);
        return left.Count.CompareTo(right.Count);
    }
}
