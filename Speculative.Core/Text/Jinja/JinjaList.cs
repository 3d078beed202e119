namespace Speculative;

/// <summary>A list or a tuple, immutable.</summary>
sealed class JinjaList(IReadOnlyList<object> items, bool isTuple = false) : IJinjaCollection
{
    public IReadOnlyList<object> Items => items;

    public bool IsTuple => isTuple;

    public JinjaSize Size { get; } = JinjaSize.Of(items);
}
