using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// Skinny matrix product y = x w^T for 1 to 128 rows, portable: reads every weight once whatever the rows, runs on every ILGPU accelerator,
/// and is the measure for the tensor-core product. Weights in f32, in bf16 as the upper halves of f32, or in f16.
/// </summary>
/// <remarks>
/// <para>Layout: x [rows, inputs], w [outputs, inputs] as model folders hold it, y [rows, outputs]; x and y f32, row-major. Grid: one group
/// per 16 outputs. A group stages 32 inputs of its weights and of all rows in shared memory; a thread owns some of the 16 x rows
/// elements.</para>
/// <para>Row-invariant: an element is the sum, over blocks of 32 inputs in ascending order, of the block's products summed in ascending
/// order, in f32: neither the row count nor the group's size has a say. Oracle: a product in double in the tests.</para>
/// </remarks>
sealed class SkinnyProductKernel(Accelerator accelerator)
{
    /// <summary>The most rows of one product.</summary>
    public const int MaxRows = 128;

    const int Outputs = 16, Block = 32, Pitch = Block + 1, MaxGroupSize = 256;

    readonly Action<AcceleratorStream, KernelConfig, int, int, int, ArrayView<float>, ArrayView<float>, ArrayView<float>> single =
        accelerator.LoadKernel<int, int, int, ArrayView<float>, ArrayView<float>, ArrayView<float>>(RunFloat32);

    readonly Action<AcceleratorStream, KernelConfig, int, int, int, ArrayView<ushort>, ArrayView<float>, ArrayView<float>> brain =
        accelerator.LoadKernel<int, int, int, ArrayView<ushort>, ArrayView<float>, ArrayView<float>>(RunBFloat16);

    readonly Action<AcceleratorStream, KernelConfig, int, int, int, ArrayView<ushort>, ArrayView<float>, ArrayView<float>> half =
        accelerator.LoadKernel<int, int, int, ArrayView<ushort>, ArrayView<float>, ArrayView<float>>(RunFloat16);

    readonly int groupSize = GroupSize.AtMost(MaxGroupSize, accelerator);

    /// <summary>Multiplies.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="rows">The rows of <paramref name="x"/>; 1 to <see cref="MaxRows"/>.</param>
    /// <param name="inputs">The length of a row of <paramref name="x"/>.</param>
    /// <param name="outputs">The length of a row of <paramref name="y"/>.</param>
    /// <param name="weights">The weights in F32, F16 or BF16; [outputs, inputs].</param>
    /// <param name="x">The activations; [rows, inputs].</param>
    /// <param name="y">Receives the product; [rows, outputs].</param>
    /// <exception cref="ArgumentException">A view is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    /// <exception cref="NotSupportedException">The weights have another format.</exception>
    public void Launch(
        AcceleratorStream stream, int rows, int inputs, int outputs, DeviceNumbers weights, ArrayView<float> x, ArrayView<float> y)
    {
        KernelGuard.ThrowIfOutside(rows, 1, MaxRows);
        KernelGuard.ThrowIfOutside(inputs, 1, int.MaxValue - Block);
        KernelGuard.ThrowIfOutside(outputs, 1, int.MaxValue - Outputs);
        KernelGuard.ThrowIfShorter(weights, (long)outputs * inputs, "outputs x inputs");
        KernelGuard.ThrowIfShorter(x, (long)rows * inputs, "rows x inputs");
        KernelGuard.ThrowIfShorter(y, (long)rows * outputs, "rows x outputs");
        KernelConfig groups = ((outputs - 1) / Outputs + 1, groupSize);
        switch (weights.Type)
        {
            case ElementType.F32:
                single(stream, groups, rows, inputs, outputs, weights.Singles, x, y);
                break;
            case ElementType.F16:
                half(stream, groups, rows, inputs, outputs, weights.Words, x, y);
                break;
            case ElementType.BF16:
                brain(stream, groups, rows, inputs, outputs, weights.Words, x, y);
                break;
            default:
                throw DeviceNumbers.NoKernelFor(weights.Type);
        }
    }

    [KernelEntry(MaxGroupSize, maxRegisters: 64)]
    static void RunFloat32(int rows, int inputs, int outputs, ArrayView<float> weights, ArrayView<float> x, ArrayView<float> y) =>
        Multiply<float, Float32Format>(rows, inputs, outputs, weights, x, y);

    [KernelEntry(MaxGroupSize, maxRegisters: 64)]
    static void RunBFloat16(int rows, int inputs, int outputs, ArrayView<ushort> weights, ArrayView<float> x, ArrayView<float> y) =>
        Multiply<ushort, BFloat16Format>(rows, inputs, outputs, weights, x, y);

    [KernelEntry(MaxGroupSize, maxRegisters: 64)]
    static void RunFloat16(int rows, int inputs, int outputs, ArrayView<ushort> weights, ArrayView<float> x, ArrayView<float> y) =>
        Multiply<ushort, Float16Format>(rows, inputs, outputs, weights, x, y);

    static void Multiply<T, TFormat>(int rows, int inputs, int outputs, ArrayView<T> weights, ArrayView<float> x, ArrayView<float> y)
        where T : unmanaged where TFormat : struct, IElementFormat<T>
    {
        ArrayView<float> weightStage = SharedMemory.Allocate<float>(Outputs * Pitch);
        ArrayView<float> rowStage = SharedMemory.Allocate<float>(MaxRows * Pitch);
        ArrayView<float> sums = SharedMemory.Allocate<float>(MaxRows * Outputs);
        int firstOutput = Grid.IdxX * Outputs;
        for (int i = Group.IdxX; i < rows * Outputs; i += Group.DimX)
            sums[i] = 0;
        for (int first = 0; first < inputs; first += Block)
        {
            int count = Math.Min(Block, inputs - first);
            for (int i = Group.IdxX; i < Outputs * Block; i += Group.DimX)
                if (firstOutput + i / Block < outputs && i % Block < count)
                    weightStage[i / Block * Pitch + i % Block] =
                        default(TFormat).ToFloat(weights[(long)(firstOutput + i / Block) * inputs + first + i % Block]);
            for (int i = Group.IdxX; i < rows * Block; i += Group.DimX)
                if (i % Block < count)
                    rowStage[i / Block * Pitch + i % Block] = x[(long)(i / Block) * inputs + first + i % Block];
            Group.Barrier();
            for (int i = Group.IdxX; i < rows * Outputs; i += Group.DimX)
            {
                int row = i / Outputs * Pitch, output = i % Outputs * Pitch;
                float sum = 0;
                for (int k = 0; k < count; k++)
                    sum += rowStage[row + k] * weightStage[output + k];
                sums[i] += sum;
            }
            Group.Barrier();
        }
        for (int i = Group.IdxX; i < rows * Outputs; i += Group.DimX)
            if (firstOutput + i % Outputs < outputs)
                y[(long)(i / Outputs) * outputs + firstOutput + i % Outputs] = sums[i];
    }
}
