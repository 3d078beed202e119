namespace Speculative;

/// <summary>Reads literals and names with all that follows them: members, indices, calls, filters, tests.</summary>
/// <param name="tokens">Where it reads.</param>
sealed class JinjaOperandParser(JinjaTokens tokens)
{
    /// <summary>One link of a chain behind an operand.</summary>
    delegate object Link(JinjaRun run, object value);

    public JinjaExpression Read(JinjaExpressionParser expressions) => ReadFilters(ReadSigned(expressions), expressions);

    /// <summary>Filters, tests and calls.</summary>
    public JinjaExpression ReadFilters(JinjaExpression value, JinjaExpressionParser expressions)
    {
        List<Link> links = [];
        while (true)
            if (tokens.Skip("|"))
                links.Add(ReadFilter(expressions));
            else if (tokens.SkipName("is"))
                links.Add(ReadTest(expressions));
            else if (tokens.Is("("))
                links.Add(ReadCall(expressions));
            else
                return Chain(value, links);
    }

    JinjaExpression ReadSigned(JinjaExpressionParser expressions)
    {
        if (!tokens.Is("-") && !tokens.Is("+"))
            return ReadPostfix(ReadPrimary(expressions), expressions);
        object sign = tokens.Next().Text == "-" ? -1L : 1L;
        JinjaExpression value = tokens.Nest(() => ReadSigned(expressions));
        return run => value(run) is var number && JinjaValue.Number(number) is null
            ? throw new JinjaFault("a number behind a sign", JinjaValue.Kind(number)) : JinjaOperator.Calculate(run, "*", number, sign);
    }

    JinjaExpression ReadPostfix(JinjaExpression value, JinjaExpressionParser expressions)
    {
        List<Link> links = [];
        while (true)
            if (tokens.Skip("."))
                links.Add(ReadAttribute());
            else if (tokens.Skip("["))
                links.Add(ReadSubscript(expressions));
            else if (tokens.Is("("))
                links.Add(ReadCall(expressions));
            else
                return Chain(value, links);
    }

    static JinjaExpression Chain(JinjaExpression value, List<Link> links) => links.Count == 0 ? value : run =>
    {
        object current = value(run);
        foreach (Link link in links)
        {
            run.Budget.Spend(1);
            current = link(run, current);
        }
        return current;
    };

    Link ReadAttribute()
    {
        if (tokens.Current.Kind == JinjaTokenKind.Integer)
        {
            object place = JinjaLiteral.Integer(tokens.Next());
            return (run, value) => JinjaMember.Item(run, value, place);
        }
        string name = tokens.Name();
        return (_, value) => JinjaMember.Attribute(value, name);
    }

    Link ReadSubscript(JinjaExpressionParser expressions)
    {
        JinjaExpression? start = tokens.Is(":") ? null : expressions.ReadTuple();
        if (tokens.Skip("]"))
            return (run, value) => JinjaMember.Item(run, value, start!(run));
        tokens.Expect(":");
        JinjaExpression? stop = tokens.Is(":") || tokens.Is("]") ? null : expressions.Read(), step = null;
        if (tokens.Skip(":") && !tokens.Is("]"))
            step = expressions.Read();
        tokens.Expect("]");
        return (run, value) => JinjaMember.Slice(run, value, start?.Invoke(run), stop?.Invoke(run), step?.Invoke(run));
    }

    Link ReadCall(JinjaExpressionParser expressions)
    {
        JinjaCall call = JinjaCall.Read(tokens, expressions);
        return (run, value) => run.Call(value, call.Evaluate(run));
    }

    Link ReadFilter(JinjaExpressionParser expressions)
    {
        string name = tokens.Name();
        JinjaCall call = tokens.Is("(") ? JinjaCall.Read(tokens, expressions) : JinjaCall.Empty;
        return (run, value) => JinjaFilters.Apply(run, name, value, call.Evaluate(run));
    }

    Link ReadTest(JinjaExpressionParser expressions)
    {
        bool isNegated = tokens.SkipName("not");
        string name = tokens.Name();
        JinjaCall call = tokens.Is("(") ? JinjaCall.Read(tokens, expressions)
            : TakesOperand() ? new([ReadPostfix(ReadPrimary(expressions), expressions)], []) : JinjaCall.Empty;
        return (run, value) => JinjaTests.Holds(run, name, value, call.Evaluate(run)) != isNegated;
    }

    /// <summary>A test's operand may stand without brackets.</summary>
    bool TakesOperand() => tokens.Current.Kind switch
    {
        JinjaTokenKind.Name when tokens.IsName("is") => throw tokens.Fault("one test"),
        JinjaTokenKind.Name => tokens.Current.Text is not ("else" or "or" or "and" or "if" or "in" or "not"),
        JinjaTokenKind.String or JinjaTokenKind.Integer or JinjaTokenKind.Float => true,
        _ => tokens.Is("[") || tokens.Is("{"),
    };

    JinjaExpression ReadPrimary(JinjaExpressionParser expressions)
    {
        JinjaToken token = tokens.Current;
        if (token.Kind is JinjaTokenKind.Name or JinjaTokenKind.String or JinjaTokenKind.Integer or JinjaTokenKind.Float)
            return ReadLiteral();
        if (tokens.Skip("("))
            return ReadBracketed(expressions);
        if (tokens.Skip("["))
            return ReadList(expressions);
        return tokens.Skip("{") ? ReadDict(expressions) : throw tokens.Fault("an expression");
    }

    JinjaExpression ReadLiteral()
    {
        JinjaToken token = tokens.Next();
        if (token.Kind == JinjaTokenKind.Name && token.Text is not ("true" or "True" or "false" or "False" or "none" or "None"))
            return run => run.Find(token.Text);
        List<string> parts = [token.Text];
        while (token.Kind == JinjaTokenKind.String && tokens.Current.Kind == JinjaTokenKind.String)
            parts.Add(tokens.Next().Text);
        string text = string.Concat(parts);
        object value = token.Kind switch
        {
            JinjaTokenKind.String => new JinjaText(text),
            JinjaTokenKind.Integer => JinjaLiteral.Integer(token),
            JinjaTokenKind.Float => JinjaLiteral.Float(text),
            _ => text is "none" or "None" ? JinjaNone.Value : text is "true" or "True",
        };
        return run =>
        {
            run.Budget.Spend(1);
            return value;
        };
    }

    JinjaExpression ReadBracketed(JinjaExpressionParser expressions)
    {
        if (tokens.Skip(")"))
            return run => Items(run, [], isTuple: true);
        JinjaExpression inner = expressions.ReadTuple();
        tokens.Expect(")");
        return inner;
    }

    JinjaExpression ReadList(JinjaExpressionParser expressions)
    {
        List<JinjaExpression> items = [];
        while (!tokens.Skip("]"))
        {
            items.Add(expressions.Read());
            if (!tokens.Is("]"))
                tokens.Expect(",");
        }
        return run => Items(run, items, isTuple: false);
    }

    /// <summary>A list or tuple of what expressions give.</summary>
    public static JinjaList Items(JinjaRun run, IReadOnlyList<JinjaExpression> items, bool isTuple)
    {
        run.Budget.Spend(1);
        return new([.. items.Select(item => item(run))], isTuple);
    }

    JinjaExpression ReadDict(JinjaExpressionParser expressions)
    {
        List<(JinjaExpression Key, JinjaExpression Value)> items = [];
        while (!tokens.Skip("}"))
        {
            JinjaExpression key = expressions.Read();
            tokens.Expect(":");
            items.Add((key, expressions.Read()));
            if (!tokens.Is("}"))
                tokens.Expect(",");
        }
        return run =>
        {
            KeyValuePair<object, object>[] pairs = [.. items.Select(item => KeyValuePair.Create(item.Key(run), item.Value(run)))];
            run.Budget.Spend(1 + pairs.Sum(pair => JinjaBudget.WholeCost(pair.Key)));
            return new JinjaDict(pairs);
        };
    }
}
