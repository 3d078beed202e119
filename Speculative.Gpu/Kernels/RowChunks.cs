using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>
/// A thread's share of the next stage of activations of a tensor-core product, in registers between its load, issued before the products of
/// the present stage, and its store into shared memory after them. A stage is 64 inputs: eight 16-byte chunks a row.
/// </summary>
struct RowChunks
{
    const int Threads = 256;

    /// <summary>The most rows whose view begins at a thread's own chunk.</summary>
    public const int NearRows = 16;

    Fragment a, b, c, d;

    /// <summary>Loads this thread's chunks of a stage; <paramref name="x"/> is [rows, rowChunks], up to
    /// <see cref="NearRows"/> rows from the thread's <see cref="First"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowChunks Load(ArrayView<Fragment> x, int rows, int rowChunks, long at)
    {
        RowChunks loaded = default;
        if (rows > NearRows)
            at += First(rows, rowChunks);
        long step = (long)(Threads >> 3) * rowChunks;
        if (Group.IdxX >> 3 < rows)
            loaded.a = x[at];
        if (rows > 32)
            loaded.b = x[at + step];
        if (rows > 64)
        {
            loaded.c = x[at + 2 * step];
            loaded.d = x[at + 3 * step];
        }
        return loaded;
    }

    /// <summary>Where this thread's chunk of stage 0 lies in [rows, rowChunks]; within it for threads that have none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long First(int rows, int rowChunks) => (long)(Group.IdxX >> 3 & (rows - 1)) * rowChunks + (Group.IdxX & 7);

    /// <summary>Stores the chunks; <paramref name="stage"/> is [rows, 9], the ninth chunk keeping rows off each other's banks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<Fragment> stage, int rows, int buffer)
    {
        int row = Group.IdxX >> 3;
        int at = buffer + row * 9 + (Group.IdxX & 7);
        if (row < rows)
            stage[at] = a;
        if (rows > 32)
            stage[at + 32 * 9] = b;
        if (rows > 64)
        {
            stage[at + 64 * 9] = c;
            stage[at + 96 * 9] = d;
        }
    }
}
