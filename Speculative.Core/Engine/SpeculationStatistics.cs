using System.Diagnostics;

namespace Speculative;

/// <summary>
/// What a session did so far, counted by itself, always on. A step is one target pass that checks a tree; the prompt is apart.
/// </summary>
public sealed class SpeculationStatistics
{
    readonly long[] draftedAtDepth;
    readonly long[] acceptedAtDepth;
    readonly long[] ticks = new long[Enum.GetValues<StepPhase>().Length];
    long mark;

    internal SpeculationStatistics(int maxDepth)
    {
        draftedAtDepth = new long[maxDepth + 1];
        acceptedAtDepth = new long[maxDepth + 1];
    }

    /// <summary>Target passes that checked a tree.</summary>
    public long Steps { get; private set; }

    /// <summary>Drafted nodes that the target checked, roots excluded.</summary>
    public long DraftedTokens { get; private set; }

    /// <summary>
    /// Drafted nodes that were drawn from a distribution. Where it is 0 all were point masses, and the output is that of plain decoding
    /// token for token; else it has the same distribution, but other tokens.
    /// </summary>
    public long DrawnTokens { get; private set; }

    /// <summary>Drafted tokens that were kept.</summary>
    public long AcceptedTokens { get; private set; }

    /// <summary>What the drafter expected <see cref="AcceptedTokens"/> to be, by its own estimate of each step's draft.</summary>
    public double ExpectedAcceptedTokens { get; private set; }

    /// <summary>Tokens of the output.</summary>
    public long EmittedTokens { get; private set; }

    /// <summary>
    /// Calls in which the drafter threw, and drafts that the target refused. The output is not touched: what was drafted before is still
    /// checked, of a draft that the target refused the root alone; where learning threw, the drafter does not learn from that pass.
    /// </summary>
    public long DraftFailures { get; internal set; }

    /// <summary>MAT: mean emitted tokens a step, the target's own token included; plain decoding has 1. 0 before the first step.</summary>
    public double MeanAcceptedTokens => Steps == 0 ? 0 : (double)EmittedTokens / Steps;

    /// <summary>
    /// What the drafter expected <see cref="MeanAcceptedTokens"/> to be, the target's own token included. 0 before the first step.
    /// </summary>
    public double MeanExpectedTokens => Steps == 0 ? 0 : 1 + ExpectedAcceptedTokens / Steps;

    /// <summary>Mean depth of the drafts, 0 for a step without one. 0 before the first step.</summary>
    public double MeanDepth => Steps == 0 ? 0 : (double)draftedAtDepth.Sum() / Steps;

    /// <summary>Accepted over drafted tokens; 0 where nothing was drafted.</summary>
    public double AcceptanceRate => DraftedTokens == 0 ? 0 : (double)AcceptedTokens / DraftedTokens;

    /// <summary>The deepest level at which anything was drafted.</summary>
    public int MaxDepth => Math.Max(0, Array.FindLastIndex(draftedAtDepth, steps => steps > 0));

    /// <summary>The share of the steps with a draft at <paramref name="depth"/> that accepted one there.</summary>
    /// <param name="depth">1 to <see cref="MaxDepth"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="depth"/> is out of range.</exception>
    public double AcceptanceAtDepth(int depth)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(depth, MaxDepth);
        return (double)acceptedAtDepth[depth] / draftedAtDepth[depth];
    }

    /// <summary>Steps whose draft reached <paramref name="depth"/>; 0 below every draft.</summary>
    /// <param name="depth">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="depth"/> is below 1.</exception>
    public long DraftedAtDepth(int depth) => At(draftedAtDepth, depth);

    /// <summary>Steps that accepted a drafted token at <paramref name="depth"/>; 0 below every draft.</summary>
    /// <param name="depth">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="depth"/> is below 1.</exception>
    public long AcceptedAtDepth(int depth) => At(acceptedAtDepth, depth);

    /// <summary>The time spent in one phase, summed over all steps.</summary>
    /// <param name="phase">The phase.</param>
    public TimeSpan Time(StepPhase phase) => Stopwatch.GetElapsedTime(0, ticks[(int)phase]);

    /// <summary>The time spent in all steps, the prompt excluded.</summary>
    public TimeSpan StepTime => Stopwatch.GetElapsedTime(0, ticks.Sum() - ticks[(int)StepPhase.Prefill]);

    /// <summary>The share of <see cref="StepTime"/> that drafting and learning took; 0 before the first step.</summary>
    public double DraftShare => StepTime == TimeSpan.Zero ? 0 : (Time(StepPhase.Draft) + Time(StepPhase.Observe)) / StepTime;

    static long At(long[] steps, int depth)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        return depth < steps.Length ? steps[depth] : 0;
    }

    internal void StartClock() => mark = Stopwatch.GetTimestamp();

    /// <summary>Books the time since the last mark on a phase.</summary>
    internal void EndPhase(StepPhase phase)
    {
        long now = Stopwatch.GetTimestamp();
        ticks[(int)phase] += now - mark;
        mark = now;
    }

    internal void CountStep(DraftTree tree, Acceptance acceptance)
    {
        Steps++;
        DraftedTokens += tree.Count - 1;
        DrawnTokens += tree.DrawnCount;
        int accepted = acceptance.AcceptedLength + (acceptance.NextOrigin == TokenOrigin.Draft ? 1 : 0);
        AcceptedTokens += accepted;
        ExpectedAcceptedTokens += tree.ExpectedAcceptedLength;
        EmittedTokens += acceptance.PathLength;
        int deepest = 0;
        foreach (int depth in tree.Depths)
            deepest = Math.Max(deepest, depth);
        for (int depth = 1; depth <= deepest; depth++)
            draftedAtDepth[depth]++;
        for (int depth = 1; depth <= accepted; depth++)
            acceptedAtDepth[depth]++;
    }
}
