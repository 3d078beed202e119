namespace Speculative;

/// <summary>
/// A lane's four elements of a 16 x 8 accumulator of <c>mma.m16n8k16</c>. With group = lane / 4 and pair = 2 (lane % 4):
/// </summary>
struct TensorSums
{
    /// <summary>Row group, column pair.</summary>
    public float UpperLeft;

    /// <summary>Row group, column pair + 1.</summary>
    public float UpperRight;

    /// <summary>Row group + 8, column pair.</summary>
    public float LowerLeft;

    /// <summary>Row group + 8, column pair + 1.</summary>
    public float LowerRight;
}
