namespace Speculative;

/// <summary>
/// One lane's share of a 16 x 16 tile of bf16 weights in the order of <c>mma.m16n8k16</c>: eight numbers, one 16-byte load. With
/// group = lane / 4 and pair = 2 (lane % 4), each field holds two neighbouring inputs, the lower one in the lower half.
/// </summary>
/// <param name="X">Output group, inputs pair and pair + 1.</param>
/// <param name="Y">Output group + 8, the same inputs.</param>
/// <param name="Z">Output group, inputs pair + 8 and pair + 9.</param>
/// <param name="W">Output group + 8, inputs pair + 8 and pair + 9.</param>
readonly record struct Fragment(uint X, uint Y, uint Z, uint W);
