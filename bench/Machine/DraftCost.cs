namespace Speculative.Bench.Machine;

/// <summary>What a draft model's passes cost, as deep as it drafts.</summary>
static class DraftCost
{
    /// <summary>Tokens in the cache while a pass is measured.</summary>
    const int ContextLength = 128;

    const int Repetitions = 41;

    /// <summary>The cost curve of passes through some of a model's layers, measured warm.</summary>
    /// <param name="model">The draft model.</param>
    /// <param name="layers">One of its exits; null for all layers.</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    public static CostCurve Measure(ICausalModel model, int? layers, CancellationToken cancellationToken)
    {
        int exit = model is INestedModel nested ? nested.ExitLayers.ToList().IndexOf(layers ?? nested.ExitLayers[^1]) : -1;
        return exit < 0 // an exit that does not exist is said by the drafter
            ? CompilerWarmUp.Measure(model, ContextLength, cancellationToken)
            : CompilerWarmUp.Measure((INestedModel)model, exit, ContextLength, cancellationToken);
    }

    /// <summary>
    /// For each exit the milliseconds of a row from the exit before it to this one, and those of the row's distribution.
    /// </summary>
    public static (double[] Layers, double Head) MeasureExits(ICausalModel model, CancellationToken cancellationToken)
    {
        if (model is not INestedModel { ExitLayers.Count: > 1 } nested)
            return ([CompilerWarmUp.Measure(model, ContextLength, cancellationToken).Milliseconds(1)], 0);
        using INestedSequence sequence = nested.CreateNestedSequence(model.MaxContextLength);
        int length = Math.Min(ContextLength, model.MaxContextLength - 1);
        sequence.Prefill([.. Enumerable.Range(0, length).Select(i => i % model.VocabularySize)]);
        ExitPass pass = new(sequence, nested.ExitLayers.Count, model.VocabularySize);
        CompilerWarmUp.Run(_ => pass.Run(), cancellationToken);
        List<double>[] times = [.. Enumerable.Range(0, nested.ExitLayers.Count + 1).Select(_ => new List<double>())];
        for (int repetition = 0; repetition < Repetitions; repetition++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadOnlySpan<double> parts = pass.Run();
            for (int part = 0; part < parts.Length; part++)
                times[part].Add(parts[part]);
        }
        double[] quartiles = [.. times.Select(of => of.Order().ElementAt(of.Count / 4))];
        return (quartiles[..^1], quartiles[^1] / nested.ExitLayers.Count);
    }
}
