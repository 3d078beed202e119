namespace Speculative;

/// <summary>What a call is given.</summary>
/// <param name="Values">By place.</param>
/// <param name="Named">By name.</param>
sealed record JinjaArguments(IReadOnlyList<object> Values, IReadOnlyDictionary<string, object> Named)
{
    public static readonly JinjaArguments None = new([], new Dictionary<string, object>());

    /// <summary>The values of these parameters, null where none is given; throws if more is given.</summary>
    public object?[] Bind(params ReadOnlySpan<string> names)
    {
        if (Values.Count > names.Length)
            throw new JinjaFault($"at most {names.Length} arguments", $"{Values.Count}");
        object?[] bound = new object?[names.Length];
        for (int i = 0; i < Values.Count; i++)
            bound[i] = Values[i];
        foreach ((string name, object value) in Named)
            bound[names.IndexOf(name) is >= 0 and var at && bound[at] is null ? at
                : throw new JinjaFault("an argument that is known and given once", JinjaFault.Show(name))] = value;
        return bound;
    }

    /// <summary>The one value that must be given.</summary>
    public object One(string name) => Bind(name)[0] ?? throw new JinjaFault($"an argument '{name}'", "none");

    /// <summary>Without the first ones by place.</summary>
    public JinjaArguments Skip(int count) => this with { Values = [.. Values.Skip(count)] };
}
