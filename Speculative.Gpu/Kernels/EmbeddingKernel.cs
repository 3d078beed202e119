using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>The embedding of each row's token, widened to f32: where a pass begins. Portable.</summary>
/// <remarks>
/// Layout: table [vocabulary, size], tokens [rows], x [rows, size]. Grid: x = blocks of a row, y = row; one thread an element. Oracle: a
/// copy in the tests.
/// </remarks>
sealed class EmbeddingKernel(Accelerator accelerator)
{
    readonly Action<AcceleratorStream, KernelConfig, int, ArrayView<int>, ArrayView<float>, ArrayView<float>> single =
        accelerator.LoadKernel<int, ArrayView<int>, ArrayView<float>, ArrayView<float>>(RunFloat32);

    readonly Action<AcceleratorStream, KernelConfig, int, ArrayView<int>, ArrayView<ushort>, ArrayView<float>> half =
        accelerator.LoadKernel<int, ArrayView<int>, ArrayView<ushort>, ArrayView<float>>(RunFloat16);

    readonly Action<AcceleratorStream, KernelConfig, int, ArrayView<int>, ArrayView<ushort>, ArrayView<float>> brain =
        accelerator.LoadKernel<int, ArrayView<int>, ArrayView<ushort>, ArrayView<float>>(RunBFloat16);

    readonly int groupSize = GroupSize.AtMost(128, accelerator);

    /// <summary>Looks up <paramref name="rows"/> tokens.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="rows">The rows; 1 to 65535.</param>
    /// <param name="size">The length of a row.</param>
    /// <param name="tokens">Token ids within the table; [rows].</param>
    /// <param name="table">The table; [vocabulary, size].</param>
    /// <param name="x">Receives the rows; [rows, size].</param>
    /// <exception cref="ArgumentException">A view is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public void Launch(AcceleratorStream stream, int rows, int size, ArrayView<int> tokens, DeviceNumbers table, ArrayView<float> x)
    {
        KernelGuard.ThrowIfOutside(rows, 1, 65535);
        KernelGuard.ThrowIfOutside(size, 1, int.MaxValue);
        KernelGuard.ThrowIfShorter(tokens, rows, "rows");
        KernelGuard.ThrowIfShorter(x, (long)rows * size, "rows x size");
        KernelConfig config = (new Index2D((size - 1) / groupSize + 1, rows), new Index2D(groupSize, 1));
        switch (table.Type)
        {
            case ElementType.F32: single(stream, config, size, tokens, table.Singles, x); break;
            case ElementType.F16: half(stream, config, size, tokens, table.Words, x); break;
            case ElementType.BF16: brain(stream, config, size, tokens, table.Words, x); break;
            default: throw DeviceNumbers.NoKernelFor(table.Type);
        }
    }

    [KernelEntry(groupSize: 128, maxRegisters: 32)]
    static void RunFloat32(int size, ArrayView<int> tokens, ArrayView<float> table, ArrayView<float> x) =>
        Copy<float, Float32Format>(size, tokens, table, x);

    [KernelEntry(groupSize: 128, maxRegisters: 32)]
    static void RunFloat16(int size, ArrayView<int> tokens, ArrayView<ushort> table, ArrayView<float> x) =>
        Copy<ushort, Float16Format>(size, tokens, table, x);

    [KernelEntry(groupSize: 128, maxRegisters: 32)]
    static void RunBFloat16(int size, ArrayView<int> tokens, ArrayView<ushort> table, ArrayView<float> x) =>
        Copy<ushort, BFloat16Format>(size, tokens, table, x);

    static void Copy<T, TFormat>(int size, ArrayView<int> tokens, ArrayView<T> table, ArrayView<float> x)
        where T : unmanaged where TFormat : struct, IElementFormat<T>
    {
        int element = Grid.IdxX * Group.DimX + Group.IdxX;
        if (element < size)
            x[(long)Grid.IdxY * size + element] = default(TFormat).ToFloat(table[(long)tokens[Grid.IdxY] * size + element]);
    }
}
