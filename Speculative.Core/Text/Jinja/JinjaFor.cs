namespace Speculative;

/// <summary><c>for</c>.</summary>
/// <param name="Target">Where each item is put.</param>
/// <param name="Source">What it goes over.</param>
/// <param name="Condition">Which items count; null for all.</param>
/// <param name="Body">What is done for each.</param>
/// <param name="Otherwise">What is done where there is none.</param>
sealed record JinjaFor(JinjaTarget Target, JinjaExpression Source, JinjaExpression? Condition, IReadOnlyList<JinjaStatement> Body,
    IReadOnlyList<JinjaStatement> Otherwise)
{
    public JinjaFlow Run(JinjaRun run)
    {
        IReadOnlyList<object> items = JinjaValue.Items(Source(run));
        run.Budget.Spend(items.Count);
        if (Condition is not null)
            items = [.. items.Where(item => Counts(run, item))];
        if (items.Count == 0)
            return run.In(new(run.Scope), () => run.Run(Otherwise));
        JinjaLoop loop = new(items);
        for (JinjaFlow flow = JinjaFlow.On; loop.Index < items.Count && flow != JinjaFlow.Break; loop.Index++)
        {
            JinjaScope scope = new(run.Scope);
            scope["loop"] = loop;
            flow = run.In(scope, () =>
            {
                Target(run, items[loop.Index]);
                return run.Run(Body);
            });
        }
        return JinjaFlow.On;
    }

    bool Counts(JinjaRun run, object item) => run.In(new(run.Scope), () =>
    {
        Target(run, item);
        return JinjaValue.IsTrue(Condition!(run));
    });
}
