using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// Commits an accepted path: moves its cache rows down to be contiguous behind the committed ones, in every plane (layer x keys or values)
/// at once. Element type does not matter: a row is counted in 32-bit words.
/// </summary>
/// <remarks>
/// <para>Layout: cache [planes, slots, rowWords], path [length] as node indices, ascending, node i in slot committed + i. Grid: x = blocks
/// of
/// words of a row, y = plane; one thread a word of a row.</para>
/// <para>No race, no barrier: a thread owns one column of one plane and moves its words in path order. The i-th row goes to slot
/// committed + i and comes from slot committed + path[i] with path[i] &gt;= i, so rows only move down, and the slot written is never the
/// source of a later row, since path[j] &gt; path[i] &gt;= i for j &gt; i. Parallel over the path it would race. Cost: one read and one
/// write
/// of the rows that move. Oracle: the tests gather the rows from a copy.</para>
/// </remarks>
sealed class KvCompactionKernel(Accelerator accelerator)
{
    readonly Action<AcceleratorStream, KernelConfig, int, int, int, int, ArrayView<int>, ArrayView<uint>> kernel =
        accelerator.LoadKernel<int, int, int, int, ArrayView<int>, ArrayView<uint>>(Run);

    readonly int groupSize = GroupSize.AtMost(128, accelerator);

    /// <summary>Moves the rows of <paramref name="path"/> to slots committed, committed + 1, ...</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="planes">Layers times two.</param>
    /// <param name="slots">The slots of a plane.</param>
    /// <param name="rowWords">The 32-bit words of a row: kvHeads x headDim x bytes of an element / 4.</param>
    /// <param name="committed">The committed tokens before this step.</param>
    /// <param name="pathLength">The accepted nodes, root included; at least 1.</param>
    /// <param name="path">The accepted nodes, strictly ascending from 0; [pathLength].</param>
    /// <param name="cache">The cache; [planes, slots, rowWords].</param>
    /// <exception cref="ArgumentException">A view is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public void Launch(
        AcceleratorStream stream, int planes, int slots, int rowWords, int committed, int pathLength,
        ArrayView<int> path, ArrayView<uint> cache)
    {
        KernelGuard.ThrowIfOutside(planes, 1, 65535);
        KernelGuard.ThrowIfOutside(rowWords, 1, int.MaxValue);
        KernelGuard.ThrowIfOutside(committed, 0, slots - 1);
        KernelGuard.ThrowIfOutside(pathLength, 1, slots - committed);
        KernelGuard.ThrowIfShorter(path, pathLength, "path length");
        KernelGuard.ThrowIfShorter(cache, (long)planes * slots * rowWords, "planes x slots x row words");
        Index2D groups = new((rowWords - 1) / groupSize + 1, planes);
        kernel(stream, (groups, new Index2D(groupSize, 1)), slots, rowWords, committed, pathLength, path, cache);
    }

    [KernelEntry(groupSize: 128, maxRegisters: 32)]
    static void Run(int slots, int rowWords, int committed, int pathLength, ArrayView<int> path, ArrayView<uint> cache)
    {
        int word = Grid.IdxX * Group.DimX + Group.IdxX;
        if (word >= rowWords)
            return;
        long column = ((long)Grid.IdxY * slots + committed) * rowWords + word;
        for (int i = 0; i < pathLength; i++)
            if (path[i] != i)
                cache[column + (long)i * rowWords] = cache[column + (long)path[i] * rowWords];
    }
}
