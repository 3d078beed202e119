namespace Speculative;

/// <summary>A template's tokens one after the other, with a look at the next one; bounds how deeply they may nest.</summary>
sealed class JinjaTokens : IDisposable
{
    const int MostNested = 40;

    readonly IEnumerator<JinjaToken> tokens;
    JinjaToken? ahead;
    int nested;

    public JinjaTokens(string template)
    {
        tokens = new JinjaLexer(template).Read().GetEnumerator();
        tokens.MoveNext();
        Current = tokens.Current;
    }

    public JinjaToken Current { get; private set; }

    public JinjaToken Look() => ahead ??= Advance();

    public JinjaToken Next()
    {
        JinjaToken token = Current;
        Current = ahead ?? Advance();
        ahead = null;
        return token;
    }

    public bool Is(string symbol) => Current.Is(JinjaTokenKind.Operator, symbol) || Current.Is(JinjaTokenKind.Tag, symbol);

    public bool IsName(string name) => Current.Is(JinjaTokenKind.Name, name);

    public bool Skip(string symbol) => Is(symbol) && Next() is var _;

    public bool SkipName(string name) => IsName(name) && Next() is var _;

    public void Expect(string symbol)
    {
        if (!Skip(symbol))
            throw Fault($"'{symbol}'");
    }

    public void ExpectName(string name)
    {
        if (!SkipName(name))
            throw Fault($"'{name}'");
    }

    /// <summary>Any name.</summary>
    public string Name() => Current.Kind == JinjaTokenKind.Name ? Next().Text : throw Fault("a name");

    /// <summary>Reads what lies one level deeper.</summary>
    public T Nest<T>(Func<T> read)
    {
        if (++nested > MostNested)
            throw new JinjaFault($"at most {MostNested} levels of blocks and expressions", "more") { Line = Current.Line };
        T inner = read();
        nested--;
        return inner;
    }

    public JinjaFault Fault(string expected) => new(expected, Current.ToString()) { Line = Current.Line };

    public void Dispose() => tokens.Dispose();

    JinjaToken Advance() => tokens.MoveNext() ? tokens.Current : Current with { Kind = JinjaTokenKind.End };
}
