using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;

namespace Speculative;

/// <summary>What the threads of a group, a power of two of them, find together in shared memory.</summary>
static class GroupReduction
{
    /// <summary>The largest logit of a row for every thread; NaN and positive infinity in the row give positive infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(ArrayView<float> row, ArrayView<float> shared)
    {
        float max = float.NegativeInfinity;
        for (long i = Group.IdxX; i < row.Length; i += Group.DimX)
            max = XMath.Max(max, row[i] < float.PositiveInfinity ? row[i] : float.PositiveInfinity);
        shared[Group.IdxX] = max;
        Group.Barrier();
        for (int half = Group.DimX / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
                shared[Group.IdxX] = XMath.Max(shared[Group.IdxX], shared[Group.IdxX + half]);
            Group.Barrier();
        }
        return shared[0];
    }

    /// <summary>The sum of the threads' masses for every thread; in integers, so in any order the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Sum(ulong mass, ArrayView<ulong> shared)
    {
        Group.Barrier();
        shared[Group.IdxX] = mass;
        Group.Barrier();
        for (int half = Group.DimX / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
                shared[Group.IdxX] += shared[Group.IdxX + half];
            Group.Barrier();
        }
        return shared[0];
    }
}
