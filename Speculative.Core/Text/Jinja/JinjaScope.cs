namespace Speculative;

/// <summary>The names of a block: what it sets ends with it, what lies around it can be read.</summary>
sealed class JinjaScope(JinjaScope? outer)
{
    readonly Dictionary<string, object> values = [];

    public object this[string name]
    {
        set => values[name] = value;
    }

    public object? Find(string name)
    {
        for (JinjaScope? scope = this; scope is not null; scope = scope.Outer)
            if (scope.values.TryGetValue(name, out object? value))
                return value;
        return null;
    }

    JinjaScope? Outer => outer;
}
