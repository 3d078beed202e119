using System.Numerics;
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// Skinny matrix product y = x w^T on tensor cores for 1 to 128 rows: weights and activations in bf16 or f16, f32 sums, each weight read
/// once by one 16-byte load a lane. CUDA only (sm_80 and later); <see cref="SkinnyProductKernel"/> is its portable twin and measure.
/// </summary>
/// <remarks>
/// <para>Layout: w [outputs / 16, inputs / 16, 32 lanes] as <see cref="FragmentPackKernel"/> writes it; x [tile rows, inputs] as
/// <see cref="HalfRowsKernel"/> writes it, padded with zero rows to a tile of 8, 16, 32, 64 or 128; y [splits, rows, outputs] partial
/// sums, which <see cref="SplitSumKernel"/> adds. Grid: x = 128 outputs, y = split of the inputs; a group of 8 warps, each with 16 outputs
/// and all rows. Activations go through shared memory in double-buffered stages of 64 inputs, one barrier a stage; the next stage's weights
/// and activations are loaded into registers before the products of the present one; where an <see cref="IProductStage"/> is several
/// stages, they come together and share the barrier.</para>
/// <para>Row-invariant by construction: an element is summed over its split's inputs in ascending steps of 16, the splits follow from
/// (inputs, outputs) alone, and they are added in order. It rests on one property of the hardware, that an element of
/// <c>mma.m16n8k16</c> does not depend on its column, which the CUDA tests check.</para>
/// <para>Not run on hardware yet: proved are compilation, the absence of spills and the instructions that were meant. Not measured:
/// time.</para>
/// </remarks>
sealed class TensorProductKernel
{
    /// <summary>The 32-bit words from one staged row to the next: 64 elements and 16 bytes that keep rows off each other's banks.</summary>
    public const int StagePitch = 36;

    /// <summary>The inputs of a stage: a multiple of them is what every product takes.</summary>
    public const int StageInputs = 64;

    /// <summary>The threads of a group.</summary>
    public const int Threads = 256;

    const int Warps = 8, WantedGroups = 264; // two for each multiprocessor of the largest device

    readonly Action<AcceleratorStream, KernelConfig, int, int, int, int, ArrayView<Fragment>, ArrayView<Fragment>,
        ArrayView<float>>[] kernels;

    /// <summary>Compiles the kernel for bf16 and its five tiles.</summary>
    /// <param name="accelerator">A CUDA accelerator.</param>
    /// <exception cref="NotSupportedException">The accelerator is not CUDA.</exception>
    public TensorProductKernel(Accelerator accelerator) : this(accelerator, ElementType.BF16)
    {
    }

    /// <summary>Compiles the kernel for its five tiles.</summary>
    /// <param name="accelerator">A CUDA accelerator.</param>
    /// <param name="format">BF16 or F16: weights and activations.</param>
    /// <exception cref="NotSupportedException">The accelerator is not CUDA, or the format is another.</exception>
    public TensorProductKernel(Accelerator accelerator, ElementType format)
    {
        ThrowIfNotCuda(accelerator);
        kernels = format switch
        {
            ElementType.BF16 =>
            [
                Load(RunBFloat16By8), Load(RunBFloat16By16), Load(RunBFloat16By32), Load(RunBFloat16By64), Load(RunBFloat16By128),
            ],
            ElementType.F16 =>
                [Load(RunFloat16By8), Load(RunFloat16By16), Load(RunFloat16By32), Load(RunFloat16By64), Load(RunFloat16By128)],
            _ => throw new NotSupportedException($"The tensor-core product takes BF16 or F16, got {format}."),
        };

        Action<AcceleratorStream, KernelConfig, int, int, int, int, ArrayView<Fragment>, ArrayView<Fragment>, ArrayView<float>> Load(
            Action<int, int, int, int, ArrayView<Fragment>, ArrayView<Fragment>, ArrayView<float>> run) => accelerator.LoadKernel(run);
    }

    /// <summary>Launches kernels that were compiled elsewhere, one a tile: the tests' twins.</summary>
    internal TensorProductKernel(
        Action<AcceleratorStream, KernelConfig, int, int, int, int, ArrayView<Fragment>, ArrayView<Fragment>,
            ArrayView<float>>[] kernels) =>
        this.kernels = kernels;

    /// <summary>The rows of the smallest tile that holds <paramref name="rows"/> rows: 8, 16, 32, 64 or 128.</summary>
    public static int TileRows(int rows) => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(rows, 8));

    /// <summary>Into how many parts the inputs are split so that about 264 groups run: a function of the weights' shape alone.</summary>
    public static int Splits(int inputs, int outputs) => (inputs / StageInputs - 1) / StagesPerSplit(inputs, outputs) + 1;

    /// <summary>Computes the partial sums.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="rows">The rows; 1 to 128.</param>
    /// <param name="inputs">The inputs; a multiple of 64.</param>
    /// <param name="outputs">The outputs; a multiple of 16.</param>
    /// <param name="weights">Packed weights; [outputs / 16, inputs / 16, 32].</param>
    /// <param name="x">Packed activations, eight elements each; [<see cref="TileRows"/>, inputs / 8].</param>
    /// <param name="partials">Receives the partial sums; [<see cref="Splits"/>, rows, outputs].</param>
    /// <exception cref="ArgumentException">A view is too short or a size is no multiple.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public void Launch(
        AcceleratorStream stream, int rows, int inputs, int outputs,
        ArrayView<Fragment> weights, ArrayView<Fragment> x, ArrayView<float> partials)
    {
        ThrowIfInvalid(rows, inputs, outputs, x, partials);
        KernelGuard.ThrowIfShorter(weights, (long)outputs * inputs / 8, "outputs x inputs / 8");
        kernels[Tile(rows)](
            stream, Groups(inputs, outputs), rows, inputs / StageInputs, outputs, StagesPerSplit(inputs, outputs), weights, x, partials);
    }

    /// <summary>Throws unless the accelerator has what inline PTX asks for.</summary>
    /// <exception cref="NotSupportedException">The accelerator is not CUDA.</exception>
    public static void ThrowIfNotCuda(Accelerator accelerator)
    {
        if (accelerator.AcceleratorType != AcceleratorType.Cuda)
            throw new NotSupportedException($"The tensor-core product needs CUDA, got {accelerator.AcceleratorType}.");
    }

    /// <summary>Throws unless sizes and views other than the weights' fit.</summary>
    /// <exception cref="ArgumentException">A view is too short or a size is no multiple.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public static void ThrowIfInvalid(int rows, int inputs, int outputs, ArrayView<Fragment> x, ArrayView<float> partials)
    {
        KernelGuard.ThrowIfOutside(rows, 1, SkinnyProductKernel.MaxRows);
        KernelGuard.ThrowIfOutside(inputs, StageInputs, int.MaxValue);
        KernelGuard.ThrowIfOutside(outputs, 16, int.MaxValue);
        KernelGuard.ThrowIfNotMultiple(inputs, StageInputs);
        KernelGuard.ThrowIfNotMultiple(outputs, 16);
        KernelGuard.ThrowIfShorter(x, (long)TileRows(rows) * inputs / 8, "tile rows x inputs / 8");
        KernelGuard.ThrowIfShorter(partials, (long)Splits(inputs, outputs) * rows * outputs, "splits x rows x outputs");
    }

    /// <summary>Which of the five tiles holds <paramref name="rows"/> rows.</summary>
    public static int Tile(int rows) => BitOperations.Log2((uint)TileRows(rows)) - 3;

    /// <summary>The grid of a product.</summary>
    public static KernelConfig Groups(int inputs, int outputs) =>
        (new Index2D((outputs - 1) / (16 * Warps) + 1, Splits(inputs, outputs)), new Index2D(Threads, 1));

    /// <summary>The stages of every split but the last.</summary>
    public static int StagesPerSplit(int inputs, int outputs)
    {
        int groups = (outputs - 1) / (16 * Warps) + 1, stages = inputs / StageInputs;
        int splits = Math.Clamp((WantedGroups + groups / 2) / groups, 1, stages); // to the nearest
        return (stages - 1) / splits + 1;
    }

    [KernelEntry(Threads, maxRegisters: 64, Instructions = ["HMMA.16816.F32.BF16", "LDG.E.128"])]
    static void RunBFloat16By8(
        int rows, int stages, int outputs, int splitStages, ArrayView<Fragment> w, ArrayView<Fragment> x, ArrayView<float> y) =>
        Multiply<RowTile8, ProductStage<HalfWeightStage>, CudaTensorCore<BFloat16Format>>(
            rows, stages, outputs, splitStages, w, default, x, y);

    [KernelEntry(Threads, maxRegisters: 80, Instructions = ["HMMA.16816.F32.BF16", "LDG.E.128"])]
    static void RunBFloat16By16(
        int rows, int stages, int outputs, int splitStages, ArrayView<Fragment> w, ArrayView<Fragment> x, ArrayView<float> y) =>
        Multiply<RowTilePair<RowTile8>, ProductStage<HalfWeightStage>, CudaTensorCore<BFloat16Format>>(
            rows, stages, outputs, splitStages, w, default, x, y);

    [KernelEntry(Threads, maxRegisters: 80, Instructions = ["HMMA.16816.F32.BF16", "LDG.E.128"])]
    static void RunBFloat16By32(
        int rows, int stages, int outputs, int splitStages, ArrayView<Fragment> w, ArrayView<Fragment> x, ArrayView<float> y) =>
        Multiply<RowTilePair<RowTilePair<RowTile8>>, ProductStage<HalfWeightStage>, CudaTensorCore<BFloat16Format>>(
            rows, stages, outputs, splitStages, w, default, x, y);

    [KernelEntry(Threads, maxRegisters: 128, Instructions = ["HMMA.16816.F32.BF16", "LDG.E.128"])]
    static void RunBFloat16By64(
        int rows, int stages, int outputs, int splitStages, ArrayView<Fragment> w, ArrayView<Fragment> x, ArrayView<float> y) =>
        Multiply<RowTilePair<RowTilePair<RowTilePair<RowTile8>>>, ProductStage<HalfWeightStage>, CudaTensorCore<BFloat16Format>>(
            rows, stages, outputs, splitStages, w, default, x, y);

    [KernelEntry(Threads, maxRegisters: 128, Instructions = ["HMMA.16816.F32.BF16", "LDG.E.128"])]
    static void RunBFloat16By128(
        int rows, int stages, int outputs, int splitStages, ArrayView<Fragment> w, ArrayView<Fragment> x, ArrayView<float> y) =>
        Multiply<
            RowTilePair<RowTilePair<RowTilePair<RowTilePair<RowTile8>>>>, ProductStage<HalfWeightStage>, CudaTensorCore<BFloat16Format>>(
            rows, stages, outputs, splitStages, w, default, x, y);

    [KernelEntry(Threads, maxRegisters: 64, Instructions = ["HMMA.16816.F32 ", "LDG.E.128"])]
    static void RunFloat16By8(
        int rows, int stages, int outputs, int splitStages, ArrayView<Fragment> w, ArrayView<Fragment> x, ArrayView<float> y) =>
        Multiply<RowTile8, ProductStage<HalfWeightStage>, CudaTensorCore<Float16Format>>(
            rows, stages, outputs, splitStages, w, default, x, y);

    [KernelEntry(Threads, maxRegisters: 80, Instructions = ["HMMA.16816.F32 ", "LDG.E.128"])]
    static void RunFloat16By16(
        int rows, int stages, int outputs, int splitStages, ArrayView<Fragment> w, ArrayView<Fragment> x, ArrayView<float> y) =>
        Multiply<RowTilePair<RowTile8>, ProductStage<HalfWeightStage>, CudaTensorCore<Float16Format>>(
            rows, stages, outputs, splitStages, w, default, x, y);

    [KernelEntry(Threads, maxRegisters: 80, Instructions = ["HMMA.16816.F32 ", "LDG.E.128"])]
    static void RunFloat16By32(
        int rows, int stages, int outputs, int splitStages, ArrayView<Fragment> w, ArrayView<Fragment> x, ArrayView<float> y) =>
        Multiply<RowTilePair<RowTilePair<RowTile8>>, ProductStage<HalfWeightStage>, CudaTensorCore<Float16Format>>(
            rows, stages, outputs, splitStages, w, default, x, y);

    [KernelEntry(Threads, maxRegisters: 128, Instructions = ["HMMA.16816.F32 ", "LDG.E.128"])]
    static void RunFloat16By64(
        int rows, int stages, int outputs, int splitStages, ArrayView<Fragment> w, ArrayView<Fragment> x, ArrayView<float> y) =>
        Multiply<RowTilePair<RowTilePair<RowTilePair<RowTile8>>>, ProductStage<HalfWeightStage>, CudaTensorCore<Float16Format>>(
            rows, stages, outputs, splitStages, w, default, x, y);

    [KernelEntry(Threads, maxRegisters: 128, Instructions = ["HMMA.16816.F32 ", "LDG.E.128"])]
    static void RunFloat16By128(
        int rows, int stages, int outputs, int splitStages, ArrayView<Fragment> w, ArrayView<Fragment> x, ArrayView<float> y) =>
        Multiply<
            RowTilePair<RowTilePair<RowTilePair<RowTilePair<RowTile8>>>>, ProductStage<HalfWeightStage>, CudaTensorCore<Float16Format>>(
            rows, stages, outputs, splitStages, w, default, x, y);

    /// <summary>The kernel, for any tile, stages of stored weights and tensor cores.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Multiply<TTile, TStage, TCore>(
        int rows, int stages, int outputs, int splitStages, ArrayView<Fragment> w, ArrayView<ulong> scales, ArrayView<Fragment> x,
        ArrayView<float> y)
        where TTile : struct, IRowTile where TStage : struct, IProductStage where TCore : struct, ITensorCore
    {
        ArrayView<Fragment> chunks = SharedMemory.Allocate<Fragment>(
            2 * default(TStage).Stages * default(TTile).Rows * StagePitch / 4);
        ArrayView<uint> scratch = SharedMemory.Allocate<uint>(default(TCore).ScratchWords);
        // From a view that begins at the lane's word on, all places but the buffer are constants, which the loads hold themselves.
        int lane = Group.IdxX & 31, warp = Group.IdxX >> 5, word = (lane >> 2) * StagePitch + (lane & 3);
        int outputTile = Math.Min(Grid.IdxX * Warps + warp, outputs / 16 - 1);
        int first = Grid.IdxY * splitStages, end = Math.Min(first + splitStages, stages);
        long tile = (long)outputTile * stages;
        ProductPlace start = new(tile, lane, 0, stages * 8);
        // Views that begin at a thread's own places leave less to compute in the loop, but take registers that large tiles lack; the
        // largest of int4 has one group a multiprocessor in any case, and ptxas 11.8 would spill without them.
        if (default(TTile).Rows <= 32 || default(TTile).Rows == 128 && default(TStage).Loads == 1)
        {
            w = w.SubView(tile * default(TStage).Loads * 32 + lane);
            if (default(TStage).Loads < 4) // weights in 16 bits have none
                scales = scales.SubView(tile * 8 + (lane >> 2));
            start = new(0, 0, 0, stages * 8);
        }
        if (default(TTile).Rows <= RowChunks.NearRows)
            x = x.SubView(RowChunks.First(default(TTile).Rows, stages * 8));
        TStage next = default;
        next.Load<TTile>(w, scales, x, start.After(first), first, end);
        TTile sums = default;
        int buffer = 0;
        for (int k = first; k < end; k += default(TStage).Stages)
        {
            next.Store<TTile>(chunks, buffer, k, end);
            Group.Barrier();
            TStage present = next;
            int following = k + default(TStage).Stages;
            next.Load<TTile>(w, scales, x, start.After(following), following, end);
            present.Multiply<TCore, TTile>(ref sums, chunks.Cast<uint>().SubView(buffer * 4 + word), 0, k, end, scratch);
            buffer = default(TStage).Stages * default(TTile).Rows * StagePitch / 4 - buffer;
        }
        if (Grid.IdxX * Warps + warp < outputs / 16)
            sums.Store(
                y.SubView((long)Grid.IdxY * rows * outputs, (long)rows * outputs),
                outputTile * 16 + (lane >> 2), (lane & 3) * 2, rows, outputs);
    }
}
