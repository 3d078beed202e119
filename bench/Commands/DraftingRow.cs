namespace Speculative.Bench.Commands;

/// <summary>A drafter's own cost; serialised as a row of results. Times are medians of a step, in microseconds.</summary>
/// <param name="Drafter">The drafter.</param>
/// <param name="Vocabulary">Tokens.</param>
/// <param name="Drafted">Drafted nodes.</param>
/// <param name="Drafting">The draft.</param>
/// <param name="DraftRows">The part of it over the draft model's rows.</param>
/// <param name="Learning">What it learns from the target's pass.</param>
/// <param name="TargetRows">The part of it over the target's rows.</param>
/// <param name="Rest">Drafting and learning without rows.</param>
/// <param name="RestPerNode">The same over the drafted nodes.</param>
/// <param name="AllocatedBytes">Managed memory taken in a step.</param>
sealed record DraftingRow(
    string Drafter, int Vocabulary, int Drafted, double Drafting, double DraftRows, double Learning, double TargetRows, double Rest,
    double RestPerNode, long AllocatedBytes);
