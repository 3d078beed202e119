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

    Fragment a, b, c, d;

    /// <summary>Loads this thread's chunks of a stage; <paramref name="x"/> is [rows, rowChunks].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowChunks Load(ArrayView<Fragment> x, int rows, int rowChunks, int firstChunk)
    {
        RowChunks loaded = default;
        int row = Group.IdxX >> 3;
        long at = (long)row * rowChunks + firstChunk + (Group.IdxX & 7);
        long step = (long)(Threads >> 3) * rowChunks;
        if (row < rows)
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
