using System.Runtime.InteropServices;

namespace Speculative;

/// <summary>A growing block of native memory, aligned to cache lines.</summary>
sealed unsafe class NativeBuffer : IDisposable
{
    const nuint Alignment = 64;

    void* memory;
    long capacity;

    /// <summary>
    /// At least <paramref name="count"/> floats; what was there is lost when the block has to grow. Valid until the next growth.
    /// </summary>
    public float* Floats(long count)
    {
        if (count > capacity)
        {
            Dispose();
            memory = NativeMemory.AlignedAlloc(checked((nuint)count * sizeof(float)), Alignment);
            capacity = count;
        }
        return (float*)memory;
    }

    /// <summary>
    /// The block grown to at least <paramref name="count"/> floats (exactly, when it grows), the first <paramref name="kept"/> of them
    /// kept.
    /// </summary>
    public float* Grow(long count, long kept)
    {
        if (count > capacity)
        {
            void* larger = NativeMemory.AlignedAlloc(checked((nuint)count * sizeof(float)), Alignment);
            NativeMemory.Copy(memory, larger, (nuint)kept * sizeof(float));
            Dispose();
            memory = larger;
            capacity = count;
        }
        return (float*)memory;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(memory);
        memory = null;
        capacity = 0;
    }
}
