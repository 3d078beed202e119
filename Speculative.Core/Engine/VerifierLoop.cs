using Microsoft.Extensions.Logging;

namespace Speculative;

/// <summary>The heart: draft, evaluate, accept, commit, observe.</summary>
sealed partial class VerifierLoop(
    ICausalSequence sequence, IDrafter drafter, IAcceptanceRule rule, StopConditions stop, DraftTree tree,
    SpeculationStatistics statistics, ILogger logger)
{
    readonly int[] path = new int[tree.MaxNodes];

    /// <summary>
    /// One step on top of <paramref name="context"/>, whose last token is the root; the tokens it emits are its path's and the next one.
    /// </summary>
    public Acceptance Step(ReadOnlySpan<int> context, int capacity, int maxDepth)
    {
        statistics.StartClock();
        Draft(context, capacity, maxDepth);
        statistics.EndPhase(StepPhase.Draft);
        IModelOutput output = Evaluate();
        statistics.EndPhase(StepPhase.Evaluate);
        Acceptance acceptance = stop.Cut(rule.Accept(tree, output, stop.EmittedCount, path), tree, path);
        statistics.EndPhase(StepPhase.Accept);
        ReadOnlySpan<int> acceptedPath = path.AsSpan(0, acceptance.PathLength);
        sequence.Commit(acceptedPath);
        statistics.EndPhase(StepPhase.Commit);
        Observe(new VerifiedStep(tree, output, acceptedPath, acceptance.NextTokenId));
        statistics.EndPhase(StepPhase.Observe);
        statistics.CountStep(tree, acceptance);
        return acceptance;
    }

    /// <summary>The token emitted at <paramref name="index"/>, from 1, of the step just made.</summary>
    public int Emitted(Acceptance acceptance, int index) =>
        index < acceptance.PathLength ? tree.TokenIds[path[index]] : acceptance.NextTokenId;

    /// <summary>Shows the drafter the prompt. One that throws here drafts what it can.</summary>
    public void Start(ReadOnlySpan<int> prompt)
    {
        try
        {
            drafter.Start(prompt);
        }
#pragma warning disable CA1031 // whatever a drafter throws, plain decoding goes on
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Report(exception);
        }
    }

    /// <summary>Reads a piece of the prompt. The drafter sees it as a chain that was accepted whole.</summary>
    public void Prefill(ReadOnlySpan<int> tokenIds, int nextTokenId)
    {
        statistics.StartClock();
        tree.Reset(tokenIds[0], tokenIds.Length);
        for (int i = 0; i < tokenIds.Length; i++)
            path[i] = i == 0 ? 0 : tree.Add(i - 1, tokenIds[i]);
        IModelOutput output = sequence.Prefill(tokenIds);
        Observe(new VerifiedStep(tree, output, path.AsSpan(0, tokenIds.Length), nextTokenId));
        statistics.EndPhase(StepPhase.Prefill);
    }

    /// <summary>
    /// A drafter that throws loses the rest of its draft, never the output. What it drafted until then is checked: where it may throw after
    /// some draws and not after others, dropping those would make their tokens rarer.
    /// </summary>
    void Draft(ReadOnlySpan<int> context, int capacity, int maxDepth)
    {
        tree.Reset(context[^1], capacity, maxDepth);
        try
        {
            drafter.Draft(context, tree);
        }
#pragma warning disable CA1031 // whatever a drafter throws, plain decoding goes on
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Report(exception);
        }
    }

    /// <summary>A draft of point masses that the target refuses is lost; the step then checks the root alone.</summary>
    IModelOutput Evaluate()
    {
        try
        {
            return sequence.Evaluate(tree);
        }
        catch (ArgumentException exception) when (tree.Count > 1 && !tree.HasDistributions)
        {
            Report(exception);
            sequence.Rollback();
            tree.Reset(tree.TokenIds[0], 1);
            return sequence.Evaluate(tree);
        }
    }

    void Observe(in VerifiedStep verified)
    {
        try
        {
            drafter.Observe(verified);
        }
#pragma warning disable CA1031 // whatever a drafter throws, the output is right already
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Report(exception);
        }
    }

    void Report(Exception exception)
    {
        statistics.DraftFailures++;
        LogDraftFailure(logger, drafter.GetType().Name, exception);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Drafter} failed; the output stays exact, the step goes on with what was drafted.")]
    static partial void LogDraftFailure(ILogger logger, string drafter, Exception exception);
}
