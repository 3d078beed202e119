using System.Runtime.InteropServices;

namespace Speculative;

/// <summary>
/// Native memory for converted weights, taken in large pieces and freed all at once. Where the system can, it backs them with huge pages:
/// a stream of weights crosses a small page every few nanoseconds, and prefetching ends at each.
/// </summary>
sealed unsafe partial class WeightArena : IDisposable
{
    const long Piece = 64 << 20, HugePage = 2 << 20, Line = 64;
    const int AdviseHugePages = 14;

    readonly List<nint> pieces = [];
    long next, end;

    /// <summary>Memory aligned to cache lines.</summary>
    public byte* Allocate(long bytes)
    {
        if (next + bytes > end)
            Add(Math.Max(Piece, (bytes + HugePage - 1) / HugePage * HugePage));
        byte* memory = (byte*)next;
        next += (bytes + Line - 1) / Line * Line;
        return memory;
    }

    public void Dispose()
    {
        foreach (nint piece in pieces)
            NativeMemory.AlignedFree((void*)piece);
        pieces.Clear();
        next = end = 0;
    }

    void Add(long bytes)
    {
        nint piece = (nint)NativeMemory.AlignedAlloc(checked((nuint)bytes), (nuint)HugePage);
        pieces.Add(piece);
        (next, end) = (piece, piece + bytes);
        if (OperatingSystem.IsLinux())
            _ = Advise(piece, (nuint)bytes, AdviseHugePages); // a hint: where it is refused, small pages serve as well
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}
