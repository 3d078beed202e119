using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// Skinny matrix product y = x w^T on tensor cores for 1 to 128 rows with weights in int8 or int4, one half-precision scale for 32
/// inputs of an output: weight-only, activations in bf16. Integers are widened exactly, a group's products summed in f32 and multiplied
/// by the scale. CUDA only (sm_80 and later); <see cref="QuantizedProductKernel"/>, on the CPU engine's own panels, is its portable twin
/// and measure.
/// </summary>
/// <remarks>
/// Layout: w and scales as <see cref="QuantizedPackKernel"/> writes them from a panel, so that scales, groups and rounding are the CPU
/// engine's (<see cref="Int8Panel"/>, <see cref="Int4Panel"/>); x, y, grid, stages, splits and invariance as in
/// <see cref="TensorProductKernel"/>, whose code this is with another <see cref="IWeightStage"/>, brought two or four at once for up to 32
/// rows: two groups a multiprocessor have the registers. Bytes a weight: 1.0625 and 0.5625. Not run on hardware yet.
/// </remarks>
sealed class QuantizedTensorProductKernel
{
    readonly Action<AcceleratorStream, KernelConfig, int, int, int, int, ArrayView<Fragment>, ArrayView<ulong>, ArrayView<Fragment>,
        ArrayView<float>>[] kernels;

    readonly QuantizedFormat format;

    /// <summary>Compiles the kernel for its five tiles.</summary>
    /// <param name="accelerator">A CUDA accelerator.</param>
    /// <param name="format">The weights' format.</param>
    /// <exception cref="NotSupportedException">The accelerator is not CUDA.</exception>
    public QuantizedTensorProductKernel(Accelerator accelerator, QuantizedFormat format)
    {
        TensorProductKernel.ThrowIfNotCuda(accelerator);
        this.format = format;
        kernels = format == QuantizedFormat.Int8
            ? [Load(RunInt8By8), Load(RunInt8By16), Load(RunInt8By32), Load(RunInt8By64), Load(RunInt8By128)]
            : [Load(RunInt4By8), Load(RunInt4By16), Load(RunInt4By32), Load(RunInt4By64), Load(RunInt4By128)];

        Action<AcceleratorStream, KernelConfig, int, int, int, int, ArrayView<Fragment>, ArrayView<ulong>, ArrayView<Fragment>,
            ArrayView<float>> Load(
            Action<int, int, int, int, ArrayView<Fragment>, ArrayView<ulong>, ArrayView<Fragment>, ArrayView<float>> run) =>
            accelerator.LoadKernel(run);
    }

    /// <summary>Launches kernels that were compiled elsewhere, one a tile: the tests' twins.</summary>
    internal QuantizedTensorProductKernel(
        QuantizedFormat format,
        Action<AcceleratorStream, KernelConfig, int, int, int, int, ArrayView<Fragment>, ArrayView<ulong>, ArrayView<Fragment>,
            ArrayView<float>>[] kernels) =>
        (this.format, this.kernels) = (format, kernels);

    /// <summary>Computes the partial sums.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="rows">The rows; 1 to 128.</param>
    /// <param name="inputs">The inputs; a multiple of 64.</param>
    /// <param name="outputs">The outputs; a multiple of 16.</param>
    /// <param name="weights">Packed weights; <see cref="QuantizedPackKernel.Fragments"/>.</param>
    /// <param name="scales">Packed scales; <see cref="QuantizedPackKernel.Scales"/>.</param>
    /// <param name="x">Packed activations, eight bf16 each; [<see cref="TensorProductKernel.TileRows"/>, inputs / 8].</param>
    /// <param name="partials">Receives the partial sums; [<see cref="TensorProductKernel.Splits"/>, rows, outputs].</param>
    /// <exception cref="ArgumentException">A view is too short or a size is no multiple.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public void Launch(
        AcceleratorStream stream, int rows, int inputs, int outputs,
        ArrayView<Fragment> weights, ArrayView<ulong> scales, ArrayView<Fragment> x, ArrayView<float> partials)
    {
        TensorProductKernel.ThrowIfInvalid(rows, inputs, outputs, x, partials);
        KernelGuard.ThrowIfShorter(weights, QuantizedPackKernel.Fragments(format, inputs, outputs), "packed weights");
        KernelGuard.ThrowIfShorter(scales, QuantizedPackKernel.Scales(inputs, outputs), "packed scales");
        kernels[TensorProductKernel.Tile(rows)](
            stream, TensorProductKernel.Groups(inputs, outputs), rows, inputs / TensorProductKernel.StageInputs, outputs,
            TensorProductKernel.StagesPerSplit(inputs, outputs), weights, scales, x, partials);
    }

    [KernelEntry(TensorProductKernel.Threads, maxRegisters: 128, Instructions = ["HMMA.16816.F32.BF16", "LDG.E.128"])]
    static void RunInt8By8(
        int rows, int stages, int outputs, int splitStages, ArrayView<Fragment> w, ArrayView<ulong> s, ArrayView<Fragment> x,
        ArrayView<float> y) =>
        TensorProductKernel.Multiply<RowTile8, ProductStagePair<ProductStage<Int8WeightStage>>, CudaTensorCore<BFloat16Format>>(
            rows, stages, outputs, splitStages, w, s, x, y);

    [KernelEntry(TensorProductKernel.Threads, maxRegisters: 128, Instructions = ["HMMA.16816.F32.BF16", "LDG.E.128"])]
    static void RunInt8By16(
        int rows, int stages, int outputs, int splitStages, ArrayView<Fragment> w, ArrayView<ulong> s, ArrayView<Fragment> x,
        ArrayView<float> y) =>
        TensorProductKernel.Multiply<
            RowTilePair<RowTile8>, ProductStagePair<ProductStage<Int8WeightStage>>, CudaTensorCore<BFloat16Format>>(
            rows, stages, outputs, splitStages, w, s, x, y);

    [KernelEntry(TensorProductKernel.Threads, maxRegisters: 128, Instructions = ["HMMA.16816.F32.BF16", "LDG.E.128"])]
    static void RunInt8By32(
        int rows, int stages, int outputs, int splitStages, ArrayView<Fragment> w, ArrayView<ulong> s, ArrayView<Fragment> x,
        ArrayView<float> y) =>
        TensorProductKernel.Multiply<
            RowTilePair<RowTilePair<RowTile8>>, ProductStagePair<ProductStage<Int8WeightStage>>, CudaTensorCore<BFloat16Format>>(
            rows, stages, outputs, splitStages, w, s, x, y);

    [KernelEntry(TensorProductKernel.Threads, maxRegisters: 128, Instructions = ["HMMA.16816.F32.BF16", "LDG.E.128"])]
    static void RunInt8By64(
        int rows, int stages, int outputs, int splitStages, ArrayView<Fragment> w, ArrayView<ulong> s, ArrayView<Fragment> x,
        ArrayView<float> y) =>
        TensorProductKernel.Multiply<
            RowTilePair<RowTilePair<RowTilePair<RowTile8>>>, ProductStage<Int8WeightStage>, CudaTensorCore<BFloat16Format>>(
            rows, stages, outputs, splitStages, w, s, x, y);

    [KernelEntry(TensorProductKernel.Threads, maxRegisters: 255, Instructions = ["HMMA.16816.F32.BF16", "LDG.E.128"])]
    static void RunInt8By128(
        int rows, int stages, int outputs, int splitStages, ArrayView<Fragment> w, ArrayView<ulong> s, ArrayView<Fragment> x,
        ArrayView<float> y) =>
        TensorProductKernel.Multiply<
            RowTilePair<RowTilePair<RowTilePair<RowTilePair<RowTile8>>>>, ProductStage<Int8WeightStage>, CudaTensorCore<BFloat16Format>>(
            rows, stages, outputs, splitStages, w, s, x, y);

    [KernelEntry(TensorProductKernel.Threads, maxRegisters: 128, Instructions = ["HMMA.16816.F32.BF16", "LDG.E.128"])]
    static void RunInt4By8(
        int rows, int stages, int outputs, int splitStages, ArrayView<Fragment> w, ArrayView<ulong> s, ArrayView<Fragment> x,
        ArrayView<float> y) =>
        TensorProductKernel.Multiply<
            RowTile8, ProductStagePair<ProductStagePair<ProductStage<Int4WeightStage>>>, CudaTensorCore<BFloat16Format>>(
            rows, stages, outputs, splitStages, w, s, x, y);

    [KernelEntry(TensorProductKernel.Threads, maxRegisters: 128, Instructions = ["HMMA.16816.F32.BF16", "LDG.E.128"])]
    static void RunInt4By16(
        int rows, int stages, int outputs, int splitStages, ArrayView<Fragment> w, ArrayView<ulong> s, ArrayView<Fragment> x,
        ArrayView<float> y) =>
        TensorProductKernel.Multiply<
            RowTilePair<RowTile8>, ProductStagePair<ProductStagePair<ProductStage<Int4WeightStage>>>, CudaTensorCore<BFloat16Format>>(
            rows, stages, outputs, splitStages, w, s, x, y);

    [KernelEntry(TensorProductKernel.Threads, maxRegisters: 128, Instructions = ["HMMA.16816.F32.BF16", "LDG.E.128"])]
    static void RunInt4By32(
        int rows, int stages, int outputs, int splitStages, ArrayView<Fragment> w, ArrayView<ulong> s, ArrayView<Fragment> x,
        ArrayView<float> y) =>
        TensorProductKernel.Multiply<
            RowTilePair<RowTilePair<RowTile8>>, ProductStagePair<ProductStage<Int4WeightStage>>, CudaTensorCore<BFloat16Format>>(
            rows, stages, outputs, splitStages, w, s, x, y);

    [KernelEntry(TensorProductKernel.Threads, maxRegisters: 128, Instructions = ["HMMA.16816.F32.BF16", "LDG.E.128"])]
    static void RunInt4By64(
        int rows, int stages, int outputs, int splitStages, ArrayView<Fragment> w, ArrayView<ulong> s, ArrayView<Fragment> x,
        ArrayView<float> y) =>
        TensorProductKernel.Multiply<
            RowTilePair<RowTilePair<RowTilePair<RowTile8>>>, ProductStage<Int4WeightStage>, CudaTensorCore<BFloat16Format>>(
            rows, stages, outputs, splitStages, w, s, x, y);

    [KernelEntry(TensorProductKernel.Threads, maxRegisters: 255, Instructions = ["HMMA.16816.F32.BF16", "LDG.E.128"])]
    static void RunInt4By128(
        int rows, int stages, int outputs, int splitStages, ArrayView<Fragment> w, ArrayView<ulong> s, ArrayView<Fragment> x,
        ArrayView<float> y) =>
        TensorProductKernel.Multiply<
            RowTilePair<RowTilePair<RowTilePair<RowTilePair<RowTile8>>>>, ProductStage<Int4WeightStage>, CudaTensorCore<BFloat16Format>>(
            rows, stages, outputs, splitStages, w, s, x, y);
}
