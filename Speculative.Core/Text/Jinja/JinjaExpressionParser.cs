namespace Speculative;

/// <summary>Reads expressions, by jinja2's order of operators. Chains are loops, so that only brackets nest.</summary>
/// <param name="tokens">Where it reads.</param>
sealed class JinjaExpressionParser(JinjaTokens tokens)
{
    readonly JinjaOperandParser operands = new(tokens);

    public JinjaExpression Read() => tokens.Nest(() => ReadChoice(ReadEither()));

    /// <summary>Without <c>if</c> at its end, which belongs to a loop.</summary>
    public JinjaExpression ReadWithoutChoice() => tokens.Nest(ReadEither);

    /// <summary>An expression, or several with commas: a tuple.</summary>
    public JinjaExpression ReadTuple(bool hasChoice = true)
    {
        JinjaExpression first = hasChoice ? Read() : ReadWithoutChoice();
        if (!tokens.Is(","))
            return first;
        List<JinjaExpression> items = [first];
        while (tokens.Skip(",") && !IsEnd())
            items.Add(hasChoice ? Read() : ReadWithoutChoice());
        return run => JinjaOperandParser.Items(run, items, isTuple: true);
    }

    public JinjaExpression ReadFilters(JinjaExpression value) => operands.ReadFilters(value, this);

    bool IsEnd() => tokens.Is(")") || tokens.Is("}}") || tokens.Is("%}") || tokens.IsName("in");

    JinjaExpression ReadChoice(JinjaExpression value)
    {
        if (!tokens.SkipName("if"))
            return value;
        JinjaExpression condition = ReadEither(), otherwise = tokens.SkipName("else") ? Read() : _ => new JinjaUndefined("else");
        return run => JinjaValue.IsTrue(condition(run)) ? value(run) : otherwise(run);
    }

    JinjaExpression ReadEither() => ReadLogic("or", () => ReadLogic("and", ReadNot, stopsAt: false), stopsAt: true);

    /// <summary>The first operand that settles it, or the last one.</summary>
    JinjaExpression ReadLogic(string name, Func<JinjaExpression> read, bool stopsAt)
    {
        JinjaExpression first = read();
        if (!tokens.IsName(name))
            return first;
        List<JinjaExpression> chain = [first];
        while (tokens.SkipName(name))
            chain.Add(read());
        return run =>
        {
            object value = JinjaNone.Value;
            for (int i = 0; i < chain.Count && (i == 0 || JinjaValue.IsTrue(value) != stopsAt); i++)
                value = chain[i](run);
            return value;
        };
    }

    JinjaExpression ReadNot()
    {
        if (!tokens.SkipName("not"))
            return ReadComparison();
        JinjaExpression value = tokens.Nest(ReadNot);
        return run => !JinjaValue.IsTrue(value(run));
    }

    JinjaExpression ReadComparison()
    {
        JinjaExpression first = ReadSum();
        List<(string Symbol, JinjaExpression Right)> chain = [];
        while (Comparison() is { } symbol)
            chain.Add((symbol, ReadSum()));
        return chain.Count == 0 ? first : run =>
        {
            object left = first(run);
            foreach ((string symbol, JinjaExpression operand) in chain)
            {
                object right = operand(run);
                if (!JinjaOperator.Compare(run, symbol, left, right))
                    return false;
                left = right;
            }
            return true;
        };
    }

    string? Comparison()
    {
        if (tokens.Current.Kind == JinjaTokenKind.Operator && tokens.Current.Text is "==" or "!=" or "<" or "<=" or ">" or ">=")
            return tokens.Next().Text;
        if (tokens.SkipName("in"))
            return "in";
        if (!tokens.IsName("not") || !tokens.Look().Is(JinjaTokenKind.Name, "in"))
            return null;
        tokens.Next();
        tokens.Next();
        return "not in";
    }

    JinjaExpression ReadSum() => ReadChain(["+", "-"], ReadConcatenation);

    JinjaExpression ReadConcatenation()
    {
        JinjaExpression first = ReadProduct();
        if (!tokens.Is("~"))
            return first;
        List<JinjaExpression> parts = [first];
        while (tokens.Skip("~"))
            parts.Add(ReadProduct());
        return run => JinjaListFilters.Concatenate(run, [.. parts.Select(part => part(run))], JinjaText.Empty);
    }

    JinjaExpression ReadProduct() => ReadChain(["*", "/", "//", "%"], () => ReadChain(["**"], () => operands.Read(this)));

    JinjaExpression ReadChain(string[] symbols, Func<JinjaExpression> read)
    {
        JinjaExpression first = read();
        List<(string Symbol, JinjaExpression Right)> chain = [];
        while (tokens.Current.Kind == JinjaTokenKind.Operator && symbols.Contains(tokens.Current.Text))
            chain.Add((tokens.Next().Text, read()));
        return chain.Count == 0 ? first : run =>
        {
            object value = first(run);
            foreach ((string symbol, JinjaExpression right) in chain)
                value = JinjaOperator.Calculate(run, symbol, value, right(run));
            return value;
        };
    }
}
