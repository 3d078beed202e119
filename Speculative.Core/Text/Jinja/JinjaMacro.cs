namespace Speculative;

/// <summary><c>macro</c>: text with parameters.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Parameters">Their names, and what they stand for where they are not given.</param>
/// <param name="Body">What it prints.</param>
sealed record JinjaMacro(string Name, IReadOnlyList<(string Name, JinjaExpression? Default)> Parameters, IReadOnlyList<JinjaStatement> Body)
{
    public JinjaFlow Define(JinjaRun run)
    {
        JinjaScope outer = run.Scope;
        run.Scope[Name] = (JinjaFunction)((caller, arguments) => Call(caller, arguments, outer));
        return JinjaFlow.On;
    }

    JinjaText Call(JinjaRun run, JinjaArguments arguments, JinjaScope outer)
    {
        object?[] given = arguments.Bind([.. Parameters.Select(parameter => parameter.Name)]);
        JinjaScope scope = new(outer);
        for (int i = 0; i < given.Length; i++)
            scope[Parameters[i].Name] = given[i] ?? (Parameters[i].Default is { } otherwise ? run.In(scope, () => otherwise(run))
                : new JinjaUndefined(Parameters[i].Name));
        return run.Capture(Body, scope);
    }
}
