using ILGPU;

namespace Speculative;

/// <summary>
/// A sum over a group in an order that depends on neither the group's size nor on anything else: <see cref="Lanes"/> partial sums, merged
/// by halves.
/// </summary>
static class GroupSum
{
    /// <summary>The partial sums; lane i holds the terms i, i + Lanes, ...</summary>
    public const int Lanes = 256;

    /// <summary>Adds the lanes. Call it from all threads of the group, each having written its own lanes.</summary>
    /// <param name="lanes">Shared memory; [Lanes]. Overwritten.</param>
    /// <returns>The sum, in every thread. A barrier must follow before the lanes are written again.</returns>
    public static float Merge(ArrayView<float> lanes)
    {
        Group.Barrier();
        for (int half = Lanes / 2; half > 0; half /= 2)
        {
            for (int lane = Group.IdxX; lane < half; lane += Group.DimX)
                lanes[lane] += lanes[lane + half];
            Group.Barrier();
        }
        return lanes[0];
    }
}
