namespace Speculative;

/// <summary>What a lane keeps for the two rows of a 16-row tile that it shares with its quad: rows group and group + 8, with
/// group = lane / 4.</summary>
/// <param name="Upper">Row group.</param>
/// <param name="Lower">Row group + 8.</param>
readonly record struct RowPair(float Upper, float Lower);
