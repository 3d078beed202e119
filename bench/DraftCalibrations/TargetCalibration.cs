namespace Speculative.Bench.DraftCalibrations;

/// <summary>What was measured of a draft model for one target; serialised.</summary>
/// <param name="Target">The target's name.</param>
/// <param name="Steps">Drafts that the acceptance by rank was counted over.</param>
/// <param name="RankAcceptance">For each rank from 0 on, how often the child of that rank was the accepted one.</param>
/// <param name="ShareAcceptance">
/// For first, second and later children, ten tenths of the share each, how often they were accepted once reached.
/// </param>
/// <param name="Thresholds">For each exit but the last, how confident it must be to draft there.</param>
sealed record TargetCalibration(
    string Target, long Steps, IReadOnlyList<double> RankAcceptance, IReadOnlyList<double> ShareAcceptance,
    IReadOnlyList<double> Thresholds);
