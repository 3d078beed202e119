namespace Speculative;

/// <summary>What stands in a call's brackets.</summary>
/// <param name="Values">By place.</param>
/// <param name="Named">By name.</param>
sealed record JinjaCall(IReadOnlyList<JinjaExpression> Values, IReadOnlyList<(string Name, JinjaExpression Value)> Named)
{
    /// <summary>Of a call or a macro: what they cost does not grow with them.</summary>
    public const int MostArguments = 32;

    public static readonly JinjaCall Empty = new([], []);

    public static JinjaCall Read(JinjaTokens tokens, JinjaExpressionParser expressions)
    {
        List<JinjaExpression> values = [];
        List<(string Name, JinjaExpression Value)> named = [];
        tokens.Expect("(");
        while (!tokens.Skip(")"))
        {
            if (tokens.Current.Kind == JinjaTokenKind.Name && tokens.Look().Is(JinjaTokenKind.Operator, "="))
                named.Add(ReadNamed(tokens, expressions));
            else if (named.Count == 0)
                values.Add(expressions.Read());
            else
                throw tokens.Fault("arguments by place before those by name");
            if (values.Count + named.Count > MostArguments)
                throw tokens.Fault($"at most {MostArguments} arguments");
            if (!tokens.Is(")"))
                tokens.Expect(",");
        }
        return new(values, named);
    }

    public JinjaArguments Evaluate(JinjaRun run)
    {
        if (Values.Count == 0 && Named.Count == 0)
            return JinjaArguments.None;
        Dictionary<string, object> named = [];
        object[] values = [.. Values.Select(value => value(run))];
        foreach ((string name, JinjaExpression value) in Named)
            named[name] = value(run);
        return new(values, named);
    }

    static (string Name, JinjaExpression Value) ReadNamed(JinjaTokens tokens, JinjaExpressionParser expressions)
    {
        string name = tokens.Name();
        tokens.Expect("=");
        return (name, expressions.Read());
    }
}
