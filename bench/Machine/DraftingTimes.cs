namespace Speculative.Bench.Machine;

/// <summary>What a step of a drafter took.</summary>
/// <param name="Drafted">Drafted nodes.</param>
/// <param name="Drafting">The whole draft.</param>
/// <param name="DraftRows">The part of it that went over the draft model's rows.</param>
/// <param name="Learning">Learning from the target's pass.</param>
/// <param name="TargetRows">The part of it that went over the target's rows.</param>
/// <param name="AllocatedBytes">Managed memory taken.</param>
readonly record struct DraftingTimes(
    int Drafted, TimeSpan Drafting, TimeSpan DraftRows, TimeSpan Learning, TimeSpan TargetRows, long AllocatedBytes)
{
    /// <summary>What of the step did not go over rows.</summary>
    public TimeSpan Rest => Drafting - DraftRows + Learning - TargetRows;

    /// <summary>Each figure's median.</summary>
    public static DraftingTimes Median(IReadOnlyList<DraftingTimes> steps) => new(
        Middle(steps, step => step.Drafted), Middle(steps, step => step.Drafting), Middle(steps, step => step.DraftRows),
        Middle(steps, step => step.Learning), Middle(steps, step => step.TargetRows), Middle(steps, step => step.AllocatedBytes));

    static T Middle<T>(IReadOnlyList<DraftingTimes> steps, Func<DraftingTimes, T> figure) =>
        steps.Select(figure).Order().ElementAt(steps.Count / 2);
}
