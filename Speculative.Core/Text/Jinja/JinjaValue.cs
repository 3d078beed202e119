namespace Speculative;

/// <summary>
/// Values are <see cref="JinjaText"/>, <see langword="long"/>, <see langword="double"/>, <see langword="bool"/>, <see cref="JinjaNone"/>,
/// <see cref="JinjaList"/>, <see cref="JinjaDict"/>, <see cref="JinjaNamespace"/>, <see cref="JinjaLoop"/>, <see cref="JinjaFunction"/> and
/// <see cref="JinjaUndefined"/>. What holds for them all is Python's.
/// </summary>
static class JinjaValue
{
    /// <summary>An argument that is not given counts as false.</summary>
    public static bool IsTrue(object? value) => value switch
    {
        bool known => known,
        long number => number != 0,
        double number => number != 0,
        JinjaText text => text.Value.Length > 0,
        JinjaList list => list.Items.Count > 0,
        JinjaDict dict => dict.Items.Count > 0,
        null or JinjaNone or JinjaUndefined => false,
        _ => true,
    };

    /// <summary>What a loop goes over.</summary>
    public static IReadOnlyList<object> Items(object value) => value switch
    {
        JinjaList list => list.Items,
        JinjaText text => text.Characters(),
        JinjaDict dict => [.. dict.Items.Keys],
        JinjaUndefined => [],
        _ => throw new JinjaFault("something to go over", Kind(value)),
    };

    public static long Length(object value) => value switch
    {
        JinjaText text => text.Length,
        JinjaList list => list.Items.Count,
        JinjaDict dict => dict.Items.Count,
        JinjaUndefined => 0,
        _ => throw new JinjaFault("something that has a length", Kind(value)),
    };

    /// <summary>A truth value counts as 0 or 1.</summary>
    public static long? Integer(object value) => value switch { long number => number, bool known => known ? 1 : 0, _ => null };

    public static double? Number(object value) => value is double number ? number : Integer(value);

    public static long ToInteger(object value) => Integer(value) ?? throw new JinjaFault("a whole number", Kind(value));

    public static JinjaText ToText(object value) => value as JinjaText ?? throw new JinjaFault("a string", Kind(value));

    public static int ToCount(object? value) => value is null or JinjaNone ? -1 : (int)Math.Clamp(ToInteger(value), -1, int.MaxValue);

    public static string Kind(object value) => value switch
    {
        JinjaText text => JinjaFault.Show(text.Value),
        JinjaNone => "none",
        bool or long or double => "a number or truth value",
        JinjaList list => list.IsTuple ? "a tuple" : "a list",
        JinjaDict => "a dictionary",
        JinjaUndefined undefined => $"undefined {JinjaFault.Show(undefined.Name)}",
        JinjaFunction => "a function",
        _ => "a namespace or loop",
    };
}
