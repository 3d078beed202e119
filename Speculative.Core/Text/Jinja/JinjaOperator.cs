namespace Speculative;

/// <summary>Comparisons and arithmetic.</summary>
static class JinjaOperator
{
    const long MostPower = 1 << 16, LongPart = 256;

    public static bool Compare(JinjaRun run, string symbol, object left, object right)
    {
        if (symbol is "in" or "not in")
            return Contains(run, right, left) == (symbol == "in");
        run.Budget.Spend(Math.Min(JinjaBudget.WholeCost(left), JinjaBudget.WholeCost(right)));
        return symbol switch
        {
            "==" => JinjaEquality.Instance.Equals(left, right),
            "!=" => !JinjaEquality.Instance.Equals(left, right),
            "<" => JinjaEquality.Compare(left, right) < 0,
            "<=" => JinjaEquality.Compare(left, right) <= 0,
            ">" => JinjaEquality.Compare(left, right) > 0,
            _ => JinjaEquality.Compare(left, right) >= 0,
        };
    }

    public static bool Contains(JinjaRun run, object whole, object part)
    {
        run.Budget.Spend(JinjaBudget.Cost(whole));
        if (whole is JinjaText text)
            return Find(run, text, JinjaValue.ToText(part), 0) >= 0;
        run.Budget.Spend(JinjaBudget.WholeCost(part));
        if (whole is JinjaDict dict)
            return dict.Items.ContainsKey(part);
        IReadOnlyList<object> items = JinjaValue.Items(whole);
        foreach (object item in items)
            run.Budget.Spend(Math.Min(JinjaBudget.WholeCost(item), JinjaBudget.WholeCost(part)));
        return items.Contains(part, JinjaEquality.Instance);
    }

    /// <summary>Where a text lies in another one, in units; searches for long ones are paid for by the work that they may be.</summary>
    public static int Find(JinjaRun run, JinjaText text, JinjaText part, int from)
    {
        PayAhead(run, text.Value.Length - from, part);
        int at = text.Value.IndexOf(part.Value, from, StringComparison.Ordinal);
        run.Budget.Spend(JinjaBudget.Cost((at < 0 ? text.Value.Length : at) - from));
        return at;
    }

    /// <summary>The same from the end of the text's first units.</summary>
    public static int FindLast(JinjaRun run, JinjaText text, JinjaText part, int end)
    {
        PayAhead(run, end, part);
        int at = text.Value.AsSpan(0, end).LastIndexOf(part.Value, StringComparison.Ordinal);
        run.Budget.Spend(JinjaBudget.Cost(end - Math.Max(at, 0)));
        return at;
    }

    static void PayAhead(JinjaRun run, long length, JinjaText part) =>
        run.Budget.Spend(part.Value.Length > LongPart ? length * part.Value.Length / LongPart : 0);

    public static object Calculate(JinjaRun run, string symbol, object left, object right)
    {
        if (left is JinjaUndefined missing)
            throw missing.Fault();
        if (right is JinjaUndefined undefined)
            throw undefined.Fault();
        if (symbol == "+" && Add(run, left, right) is { } sum)
            return sum;
        if (symbol == "*" && Repeat(run, left, right) is { } repeated)
            return repeated;
        try
        {
            if (symbol != "/" && JinjaValue.Integer(left) is { } a && JinjaValue.Integer(right) is { } b && !(symbol == "**" && b < 0))
                return Calculate(symbol, a, b);
            if (JinjaValue.Number(left) is { } x && JinjaValue.Number(right) is { } y)
                return Calculate(symbol, x, y);
        }
        catch (ArithmeticException)
        {
            throw new JinjaFault("a number below 2^63", $"a larger one, or a division by 0, of '{symbol}'");
        }
        throw new JinjaFault($"values that '{symbol}' takes", $"{JinjaValue.Kind(left)} and {JinjaValue.Kind(right)}");
    }

    static object? Add(JinjaRun run, object left, object right)
    {
        if (left is JinjaText text && right is JinjaText more)
            return run.NewWriter().Add(text).Add(more).ToText();
        if (left is not JinjaList list || right is not JinjaList added || list.IsTuple != added.IsTuple)
            return null;
        run.Budget.Spend(JinjaBudget.Cost(list) + JinjaBudget.Cost(added));
        return new JinjaList([.. list.Items, .. added.Items], list.IsTuple);
    }

    static object? Repeat(JinjaRun run, object left, object right)
    {
        (object value, object times) = left is JinjaText or JinjaList ? (left, right) : (right, left);
        if (value is not (JinjaText or JinjaList) || JinjaValue.Integer(times) is not { } wanted)
            return null;
        int count = (int)Math.Clamp(wanted, 0, int.MaxValue);
        if (value is JinjaText { Value.Length: > 0 } text)
        {
            JinjaWriter writer = run.NewWriter();
            for (int i = 0; i < count; i++)
                writer.Add(text);
            return writer.ToText();
        }
        if (value is not JinjaList { Items.Count: > 0 } list)
            return value;
        run.Budget.Spend(Math.BigMul(count, list.Items.Count));
        return new JinjaList([.. Enumerable.Repeat(list.Items, count).SelectMany(items => items)], list.IsTuple);
    }

    static long Calculate(string symbol, long left, long right) => symbol switch
    {
        "+" => checked(left + right),
        "-" => checked(left - right),
        "*" => checked(left * right),
        "**" => Power(left, right),
        "//" => checked(left / right) - (left % right != 0 && left < 0 != right < 0 ? 1 : 0),
        _ when right is 1 or -1 => 0,
        _ => left % right is not 0 and var rest && rest < 0 != right < 0 ? rest + right : left % right,
    };

    static double Calculate(string symbol, double left, double right)
    {
        if (right == 0 && symbol is "/" or "//" or "%")
            throw new DivideByZeroException();
        return symbol switch
        {
            "+" => left + right,
            "-" => left - right,
            "*" => left * right,
            "/" => left / right,
            "//" => Math.Floor(left / right),
            "**" => Math.Pow(left, right),
            _ => left - right * Math.Floor(left / right),
        };
    }

    static long Power(long value, long exponent)
    {
        if (value is 0 or 1 or -1)
            return exponent == 0 || value == 1 || value == -1 && exponent % 2 == 0 ? 1 : value;
        long power = 1;
        for (long i = 0; i < Math.Min(exponent, MostPower); i++)
            power = checked(power * value);
        return power;
    }
}
