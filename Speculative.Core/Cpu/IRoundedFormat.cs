using System.Runtime.Intrinsics;

namespace Speculative;

/// <summary>A panel format whose sums begin at a correction: its weights are stored with an offset.</summary>
interface IRoundedFormat
{
    /// <summary>Where a row's sums begin.</summary>
    /// <param name="sums">The sums of its 32 rounded activations at places 0, 1, 2 and 3 of the quads.</param>
    static abstract int Correction(Vector128<int> sums);
}
