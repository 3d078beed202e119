using System.Runtime.CompilerServices;

namespace Speculative;

/// <summary>One run of a template.</summary>
/// <param name="budget">What it may do.</param>
sealed class JinjaRun(JinjaBudget budget)
{
    const int MostCalls = 16;

    int calls;

    public JinjaBudget Budget => budget;

    public JinjaScope Scope { get; private set; } = new(null);

    public JinjaWriter Output { get; private set; } = new(budget);

    /// <summary>The line of the last tag.</summary>
    public int Line { get; private set; } = 1;

    public JinjaWriter NewWriter() => new(budget);

    public void Step(int line)
    {
        Line = line;
        budget.Spend(1);
    }

    public object Find(string name)
    {
        budget.Spend(1);
        return Scope.Find(name) ?? JinjaGlobals.Find(name) ?? new JinjaUndefined(name);
    }

    /// <summary>Runs statements one after the other, until one leaves a loop.</summary>
    public JinjaFlow Run(IReadOnlyList<JinjaStatement> body)
    {
        JinjaFlow flow = JinjaFlow.On;
        for (int i = 0; i < body.Count && flow == JinjaFlow.On; i++)
            flow = body[i](this);
        return flow;
    }

    /// <summary>Does something in a scope of its own.</summary>
    public T In<T>(JinjaScope scope, Func<T> act)
    {
        (JinjaScope outer, Scope) = (Scope, scope);
        T done = act();
        Scope = outer;
        return done;
    }

    /// <summary>What statements print in a scope of their own.</summary>
    public JinjaText Capture(IReadOnlyList<JinjaStatement> body, JinjaScope scope)
    {
        (JinjaWriter outer, Output) = (Output, NewWriter());
        In(scope, () => Run(body));
        (JinjaWriter inner, Output) = (Output, outer);
        return inner.ToText();
    }

    public object Call(object function, JinjaArguments arguments)
    {
        budget.Spend(1);
        if (function is JinjaUndefined undefined)
            throw undefined.Fault();
        if (function is not JinjaFunction known)
            throw new JinjaFault("something to call", JinjaValue.Kind(function));
        if (++calls > MostCalls || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new JinjaFault($"calls at most {MostCalls} deep", "more");
        object value = known(this, arguments);
        calls--;
        return value;
    }
}
