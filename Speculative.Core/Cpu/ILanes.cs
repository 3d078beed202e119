using System.Runtime.Intrinsics;

namespace Speculative;

/// <summary>
/// The vector operations that a product kernel is made of, for one vector width: the kernel is written once and specialised by the JIT.
/// Bit operations act on the 32-bit patterns of the lanes.
/// </summary>
unsafe interface ILanes<TVector> where TVector : struct
{
    /// <summary>Floats a vector.</summary>
    static abstract int Count { get; }

    static abstract TVector Load(void* source);

    /// <summary>As many signed bytes as a vector has floats, widened.</summary>
    static abstract TVector SignedBytes(void* source);

    static abstract void Store(TVector value, float* target);

    static abstract TVector Broadcast(float value);

    static abstract TVector Multiply(TVector left, TVector right);

    /// <summary>left * right + addend, rounded once.</summary>
    static abstract TVector MultiplyAdd(TVector left, TVector right, TVector addend);

    /// <summary>The sums of the lanes of four neighbouring vectors in memory, each in one fixed order.</summary>
    static abstract Vector128<float> Sum4(float* vectors);

    static abstract TVector ShiftLeft(TVector value, int bits);

    static abstract TVector ShiftRight(TVector value, int bits);

    static abstract TVector And(TVector value, uint mask);

    static abstract TVector Or(TVector left, TVector right);

    /// <summary>All bits set in lanes where <paramref name="left"/> is at least <paramref name="right"/>.</summary>
    static abstract TVector NotBelow(TVector left, TVector right);
}
