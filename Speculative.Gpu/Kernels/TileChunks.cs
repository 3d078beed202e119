using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>
/// A thread's share of the next 64 keys or values of a head, in registers between its load, issued before the products on the present ones,
/// and its store into shared memory after them: four or eight chunks of 16 bytes.
/// </summary>
struct TileChunks
{
    /// <summary>The threads that share a tile.</summary>
    public const int Threads = 128;

    Fragment a, b, c, d, e, f, g, h;

    /// <summary>Loads this thread's chunks of a tile; slots are <paramref name="pitch"/> chunks apart, <paramref name="chunks"/> is 8 or
    /// 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TileChunks Load(ArrayView<Fragment> cache, int first, int pitch, int chunks)
    {
        TileChunks loaded = default;
        int at = first + Group.IdxX / chunks * pitch + Group.IdxX % chunks, step = Threads / chunks * pitch;
        loaded.a = cache[at];
        loaded.b = cache[at + step];
        loaded.c = cache[at + 2 * step];
        loaded.d = cache[at + 3 * step];
        if (chunks > 8)
        {
            loaded.e = cache[at + 4 * step];
            loaded.f = cache[at + 5 * step];
            loaded.g = cache[at + 6 * step];
            loaded.h = cache[at + 7 * step];
        }
        return loaded;
    }

    /// <summary>Stores the chunks to rows <paramref name="row"/> onwards of a tile, swizzled as <see cref="MatrixLane"/> reads
    /// them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store<TCore>(SharedTile tile, int row, int chunks) where TCore : struct, ITensorCore
    {
        // A thread's rows are a multiple of 8 apart, so its chunk is swizzled alike in all of them.
        int slot = Group.IdxX / chunks, at = (row + slot) * chunks + ((Group.IdxX % chunks) ^ (slot & 7));
        TCore core = default;
        core.Store(tile, at, a);
        core.Store(tile, at + Threads, b);
        core.Store(tile, at + 2 * Threads, c);
        core.Store(tile, at + 3 * Threads, d);
        if (chunks > 8)
        {
            core.Store(tile, at + 4 * Threads, e);
            core.Store(tile, at + 5 * Threads, f);
            core.Store(tile, at + 6 * Threads, g);
            core.Store(tile, at + 7 * Threads, h);
        }
    }
}
