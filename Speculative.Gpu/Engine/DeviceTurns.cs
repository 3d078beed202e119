using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>The CPU engine's rotary table on the device, for the positions seen so far.</summary>
sealed class DeviceTurns(GpuContext context, ModelConfig config) : IDisposable
{
    const int FirstPositions = 512;

    readonly RotaryTable table = new(config);
    DeviceBuffer? memory;
    int positions;

    /// <summary>Cosines and sines; [positions, headDim].</summary>
    public ArrayView<float> View => memory!.Singles;

    /// <summary>Makes the table hold <paramref name="count"/> positions at least.</summary>
    public void Reserve(AcceleratorStream stream, int count)
    {
        if (count <= positions)
            return;
        int larger = Math.Max(count, Math.Max(2 * positions, FirstPositions));
        long bytes = (long)larger * config.HeadSize * sizeof(float);
        table.Reserve(larger - 1);
        if (memory is null)
            memory = new(context, bytes, "The rotary table");
        else
            memory.Grow(stream, bytes, (_, _) => { });
        for (int first = 0; first < larger; first += FirstPositions)
        {
            int rows = Math.Min(FirstPositions, larger - first);
            memory.Singles.SubView((long)first * config.HeadSize, (long)rows * config.HeadSize)
                .CopyFromCPU(stream, table.Rows(first, rows));
        }
        positions = larger;
    }

    public void Dispose()
    {
        memory?.Dispose();
        table.Dispose();
    }
}
