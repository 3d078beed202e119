namespace Speculative;

/// <summary><c>loop</c>: where a loop is.</summary>
/// <param name="items">What it goes over.</param>
sealed class JinjaLoop(IReadOnlyList<object> items)
{
    public int Index { get; set; }

    public object? Attribute(string name) => name switch
    {
        "index" => Index + 1L,
        "index0" => (long)Index,
        "first" => Index == 0,
        "last" => Index == items.Count - 1,
        "length" => (long)items.Count,
        "revindex" => (long)items.Count - Index,
        "revindex0" => items.Count - 1L - Index,
        "depth" => 1L,
        "depth0" => 0L,
        "previtem" => Index > 0 ? items[Index - 1] : null,
        "nextitem" => Index + 1 < items.Count ? items[Index + 1] : null,
        "cycle" => (JinjaFunction)((_, arguments) => arguments.Values.Count > 0 ? arguments.Values[Index % arguments.Values.Count]
            : throw new JinjaFault("something to choose from", "nothing")),
        _ => null,
    };
}
