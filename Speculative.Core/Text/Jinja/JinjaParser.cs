namespace Speculative;

/// <summary>Reads statements. It turns a template into what runs it, once; what it makes is immutable.</summary>
sealed class JinjaParser
{
    readonly JinjaTokens tokens;
    readonly JinjaExpressionParser expressions;
    int loops;

    JinjaParser(JinjaTokens tokens) => (this.tokens, expressions) = (tokens, new(tokens));

    /// <summary>The whole template.</summary>
    /// <exception cref="JinjaFault">It is damaged, or has a tag that is not known.</exception>
    public static IReadOnlyList<JinjaStatement> Parse(string template)
    {
        using JinjaTokens tokens = new(template);
        return new JinjaParser(tokens).ReadBody();
    }

    /// <summary>Reads up to one of these tags, of which the name is read, or to the end where none is named.</summary>
    List<JinjaStatement> ReadBody(params string[] ends) => tokens.Nest(() =>
    {
        List<JinjaStatement> body = [];
        while (tokens.Current.Kind != JinjaTokenKind.End)
        {
            int line = tokens.Current.Line;
            if (tokens.Current.Kind == JinjaTokenKind.Text)
                body.Add(Print(line, tokens.Next().Text));
            else if (tokens.Skip("{{"))
                body.Add(ReadPrint(line));
            else if (tokens.Next() is var _ && tokens.Current.Kind == JinjaTokenKind.Name && ends.Contains(tokens.Current.Text))
                return body;
            else
                body.Add(At(line, ReadStatement()));
        }
        return ends.Length == 0 ? body : throw tokens.Fault($"{{% {ends[^1]} %}}");
    });

    static JinjaStatement At(int line, JinjaStatement statement) => run =>
    {
        run.Step(line);
        return statement(run);
    };

    static JinjaStatement Print(int line, string text) => run =>
    {
        run.Step(line);
        run.Output.Add(text);
        return JinjaFlow.On;
    };

    JinjaStatement ReadPrint(int line)
    {
        JinjaExpression value = expressions.ReadTuple();
        tokens.Expect("}}");
        return run =>
        {
            run.Step(line);
            run.Output.Add(JinjaPrinter.Text(run, value(run)));
            return JinjaFlow.On;
        };
    }

    JinjaStatement ReadStatement()
    {
        JinjaToken keyword = tokens.Current;
        return tokens.Name() switch
        {
            "if" => ReadIf(),
            "for" => ReadFor(),
            "set" => ReadSet(),
            "macro" => ReadMacro(),
            "break" when loops > 0 => ReadJump(JinjaFlow.Break),
            "continue" when loops > 0 => ReadJump(JinjaFlow.Continue),
            "generation" => ReadGeneration(),
            "filter" => ReadFilter(),
            _ => throw Unknown(keyword),
        };
    }

    static JinjaFault Unknown(JinjaToken keyword) => new(
        "if, for, set, macro, filter, generation, break or continue in a loop, or an end that fits", keyword.ToString())
    {
        Line = keyword.Line,
    };

    JinjaStatement ReadJump(JinjaFlow flow)
    {
        tokens.Expect("%}");
        return _ => flow;
    }

    /// <summary>The body of a block and its end.</summary>
    List<JinjaStatement> ReadBlock(string end)
    {
        tokens.Expect("%}");
        List<JinjaStatement> body = ReadBody(end);
        EndTag();
        return body;
    }

    string EndTag()
    {
        string name = tokens.Name();
        tokens.Expect("%}");
        return name;
    }

    JinjaStatement ReadIf()
    {
        List<(JinjaExpression Condition, IReadOnlyList<JinjaStatement> Body)> branches = [];
        IReadOnlyList<JinjaStatement> otherwise = [];
        do
        {
            JinjaExpression condition = expressions.ReadTuple();
            tokens.Expect("%}");
            branches.Add((condition, ReadBody("elif", "else", "endif")));
        }
        while (tokens.SkipName("elif"));
        if (tokens.SkipName("else"))
        {
            tokens.Expect("%}");
            otherwise = ReadBody("endif");
        }
        EndTag();
        return run =>
        {
            foreach ((JinjaExpression condition, IReadOnlyList<JinjaStatement> body) in branches)
                if (JinjaValue.IsTrue(condition(run)))
                    return run.Run(body);
            return run.Run(otherwise);
        };
    }

    JinjaStatement ReadFor()
    {
        JinjaTarget target = ReadTarget();
        tokens.ExpectName("in");
        JinjaExpression source = expressions.ReadTuple(hasChoice: false);
        JinjaExpression? condition = tokens.SkipName("if") ? expressions.Read() : null;
        tokens.Expect("%}");
        loops++;
        List<JinjaStatement> body = ReadBody("else", "endfor"), otherwise = [];
        loops--;
        if (EndTag() == "else")
        {
            otherwise = ReadBody("endfor");
            EndTag();
        }
        return new JinjaFor(target, source, condition, body, otherwise).Run;
    }

    JinjaStatement ReadSet()
    {
        JinjaTarget target = ReadTarget();
        if (tokens.Skip("="))
        {
            JinjaExpression value = expressions.ReadTuple();
            tokens.Expect("%}");
            return run => Put(run, target, value(run));
        }
        JinjaExpression filtered = ReadFiltered(expressions.ReadFilters(Block), "endset");
        return run => Put(run, target, filtered(run));
    }

    /// <summary>What a block printed, which its filters begin with.</summary>
    static object Block(JinjaRun run) => run.Scope.Find("")!;

    /// <summary>A block and what its filters make of what it prints.</summary>
    JinjaExpression ReadFiltered(JinjaExpression filtered, string end)
    {
        List<JinjaStatement> body = ReadBlock(end);
        return run =>
        {
            JinjaScope scope = new(run.Scope);
            scope[""] = run.Capture(body, scope);
            return run.In(scope, () => filtered(run));
        };
    }

    static JinjaFlow Put(JinjaRun run, JinjaTarget target, object value)
    {
        target(run, value);
        return JinjaFlow.On;
    }

    JinjaStatement ReadFilter()
    {
        string name = tokens.Name();
        JinjaCall call = tokens.Is("(") ? JinjaCall.Read(tokens, expressions) : JinjaCall.Empty;
        JinjaExpression filtered = ReadFiltered(
            expressions.ReadFilters(run => JinjaFilters.Apply(run, name, Block(run), call.Evaluate(run))), "endfilter");
        return run =>
        {
            run.Output.Add(JinjaPrinter.Text(run, filtered(run)));
            return JinjaFlow.On;
        };
    }

    /// <summary>Marks answers for training; prints what is in it.</summary>
    JinjaStatement ReadGeneration()
    {
        List<JinjaStatement> body = ReadBlock("endgeneration");
        return run => run.In(new(run.Scope), () => run.Run(body));
    }

    JinjaStatement ReadMacro()
    {
        string name = tokens.Name();
        List<(string Name, JinjaExpression? Default)> parameters = [];
        tokens.Expect("(");
        while (!tokens.Skip(")"))
        {
            if (parameters.Count == JinjaCall.MostArguments)
                throw tokens.Fault($"at most {JinjaCall.MostArguments} parameters");
            parameters.Add((tokens.Name(), tokens.Skip("=") ? expressions.Read() : null));
            if (!tokens.Is(")"))
                tokens.Expect(",");
        }
        (int outer, loops) = (loops, 0);
        JinjaMacro macro = new(name, parameters, ReadBlock("endmacro"));
        loops = outer;
        return macro.Define;
    }

    /// <summary>A name, a namespace's name, or several with commas.</summary>
    JinjaTarget ReadTarget()
    {
        JinjaTarget first = ReadOneTarget();
        if (!tokens.Is(","))
            return first;
        List<JinjaTarget> targets = [first];
        while (tokens.Skip(",") && !tokens.Is(")") && !tokens.Is("=") && !tokens.IsName("in"))
            targets.Add(ReadOneTarget());
        return (run, value) =>
        {
            IReadOnlyList<object> items = JinjaValue.Items(value);
            if (items.Count != targets.Count)
                throw new JinjaFault($"{targets.Count} values to set", $"{items.Count}");
            for (int i = 0; i < targets.Count; i++)
                targets[i](run, items[i]);
        };
    }

    JinjaTarget ReadOneTarget()
    {
        if (tokens.Skip("("))
        {
            JinjaTarget inner = tokens.Nest(ReadTarget);
            tokens.Expect(")");
            return inner;
        }
        string name = tokens.Name();
        if (!tokens.Skip("."))
            return (run, value) => run.Scope[name] = value;
        string attribute = tokens.Name();
        return (run, value) => (run.Find(name) as JinjaNamespace
            ?? throw new JinjaFault("a namespace to set", JinjaFault.Show(name))).Items[attribute] = value;
    }
}
