using System.Numerics;
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// Skinny matrix product y = x w^T on tensor cores for 1 to 128 rows: bf16 weights and activations, f32 sums, each weight read once by one
/// 16-byte load a lane. CUDA only (sm_80 and later); <see cref="SkinnyProductKernel"/> is its portable twin and measure.
/// </summary>
/// <remarks>
/// <para>Layout: w [outputs / 16, inputs / 16, 32 lanes] as <see cref="FragmentPackKernel"/> writes it; x [tile rows, inputs] bf16 as
/// <see cref="BFloat16RowsKernel"/> writes it, padded with zero rows to a tile of 8, 16, 32, 64 or 128; y [splits, rows, outputs] partial
/// sums,
/// which <see cref="SplitSumKernel"/> adds. Grid: x = 128 outputs, y = split of the inputs; a group of 8 warps, each with 16 outputs and
/// all
/// rows. Activations go through shared memory in double-buffered stages of 64 inputs, one barrier a stage; the next stage's weights and
/// activations are loaded into registers before the products of the present one.</para>
/// <para>Row-invariant by construction: an element is summed over its split's inputs in ascending steps of 16, the splits follow from
/// (inputs, outputs) alone, and they are added in order. It rests on one property of the hardware, that an element of
/// <c>mma.m16n8k16</c> does not depend on its column, which the CUDA tests check.</para>
/// <para>Not run on hardware yet: proved are compilation, the absence of spills and the instructions that were meant. Not measured:
/// time.</para>
/// </remarks>
sealed class TensorProductKernel
{
    /// <summary>The 32-bit words from one staged row to the next: 64 bf16 and 16 bytes that keep rows off each other's banks.</summary>
    public const int StagePitch = 36;

    const int Threads = 256, Warps = 8, StageTiles = 4, StageInputs = 64, WantedGroups = 128;

    readonly Action<AcceleratorStream, KernelConfig, int, int, int, int, ArrayView<Fragment>, ArrayView<Fragment>,
        ArrayView<float>>[] kernels;

    /// <summary>Compiles the kernel for its five tiles.</summary>
    /// <param name="accelerator">A CUDA accelerator.</param>
    /// <exception cref="NotSupportedException">The accelerator is not CUDA.</exception>
    public TensorProductKernel(Accelerator accelerator)
    {
        if (accelerator.AcceleratorType != AcceleratorType.Cuda)
            throw new NotSupportedException($"The tensor-core product needs CUDA, got {accelerator.AcceleratorType}.");
        kernels = [Load(Run8), Load(Run16), Load(Run32), Load(Run64), Load(Run128)];

        Action<AcceleratorStream, KernelConfig, int, int, int, int, ArrayView<Fragment>, ArrayView<Fragment>, ArrayView<float>> Load(
            Action<int, int, int, int, ArrayView<Fragment>, ArrayView<Fragment>, ArrayView<float>> run) => accelerator.LoadKernel(run);
    }

    /// <summary>The rows of the smallest tile that holds <paramref name="rows"/> rows: 8, 16, 32, 64 or 128.</summary>
    public static int TileRows(int rows) => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(rows, 8));

    /// <summary>Into how many parts the inputs are split so that about 128 groups run: a function of the weights' shape alone.</summary>
    public static int Splits(int inputs, int outputs)
    {
        int stages = inputs / StageInputs;
        return (stages - 1) / StagesPerSplit(inputs, outputs) + 1;
    }

    /// <summary>Computes the partial sums.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="rows">The rows; 1 to 128.</param>
    /// <param name="inputs">The inputs; a multiple of 64.</param>
    /// <param name="outputs">The outputs; a multiple of 16.</param>
    /// <param name="weights">Packed weights; [outputs / 16, inputs / 16, 32].</param>
    /// <param name="x">Packed activations, eight bf16 an element; [<see cref="TileRows"/>, inputs / 8].</param>
    /// <param name="partials">Receives the partial sums; [<see cref="Splits"/>, rows, outputs].</param>
    /// <exception cref="ArgumentException">A view is too short or a size is no multiple.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public void Launch(
        AcceleratorStream stream, int rows, int inputs, int outputs,
        ArrayView<Fragment> weights, ArrayView<Fragment> x, ArrayView<float> partials)
    {
        KernelGuard.ThrowIfOutside(rows, 1, SkinnyProductKernel.MaxRows);
        KernelGuard.ThrowIfOutside(inputs, StageInputs, int.MaxValue);
        KernelGuard.ThrowIfOutside(outputs, 16, int.MaxValue);
        KernelGuard.ThrowIfNotMultiple(inputs, StageInputs);
        KernelGuard.ThrowIfNotMultiple(outputs, 16);
        int splits = Splits(inputs, outputs), tileRows = TileRows(rows);
        KernelGuard.ThrowIfShorter(weights, (long)outputs * inputs / 8, "outputs x inputs / 8");
        KernelGuard.ThrowIfShorter(x, (long)tileRows * inputs / 8, "tile rows x inputs / 8");
        KernelGuard.ThrowIfShorter(partials, (long)splits * rows * outputs, "splits x rows x outputs");
        Index2D groups = new((outputs - 1) / (16 * Warps) + 1, splits);
        kernels[BitOperations.Log2((uint)tileRows) - 3](
            stream, (groups, new Index2D(Threads, 1)), rows, inputs / 16, outputs,
            StagesPerSplit(inputs, outputs) * StageTiles, weights, x, partials);
    }

    static int StagesPerSplit(int inputs, int outputs)
    {
        int groups = (outputs - 1) / (16 * Warps) + 1, stages = inputs / StageInputs;
        int splits = Math.Min(stages, (WantedGroups - 1) / groups + 1);
        return (stages - 1) / splits + 1;
    }

    [KernelEntry(Threads, maxRegisters: 64, Instructions = ["HMMA.16816.F32.BF16", "LDG.E.128"])]
    static void Run8(int rows, int kTiles, int outputs, int splitTiles,
        ArrayView<Fragment> w, ArrayView<Fragment> x, ArrayView<float> y) =>
        Multiply<RowTile8>(rows, kTiles, outputs, splitTiles, w, x, y);

    [KernelEntry(Threads, maxRegisters: 64, Instructions = ["HMMA.16816.F32.BF16", "LDG.E.128"])]
    static void Run16(int rows, int kTiles, int outputs, int splitTiles,
        ArrayView<Fragment> w, ArrayView<Fragment> x, ArrayView<float> y) =>
        Multiply<RowTilePair<RowTile8>>(rows, kTiles, outputs, splitTiles, w, x, y);

    [KernelEntry(Threads, maxRegisters: 80, Instructions = ["HMMA.16816.F32.BF16", "LDG.E.128"])]
    static void Run32(int rows, int kTiles, int outputs, int splitTiles,
        ArrayView<Fragment> w, ArrayView<Fragment> x, ArrayView<float> y) =>
        Multiply<RowTilePair<RowTilePair<RowTile8>>>(rows, kTiles, outputs, splitTiles, w, x, y);

    [KernelEntry(Threads, maxRegisters: 128, Instructions = ["HMMA.16816.F32.BF16", "LDG.E.128"])]
    static void Run64(int rows, int kTiles, int outputs, int splitTiles,
        ArrayView<Fragment> w, ArrayView<Fragment> x, ArrayView<float> y) =>
        Multiply<RowTilePair<RowTilePair<RowTilePair<RowTile8>>>>(rows, kTiles, outputs, splitTiles, w, x, y);

    [KernelEntry(Threads, maxRegisters: 128, Instructions = ["HMMA.16816.F32.BF16", "LDG.E.128"])]
    static void Run128(int rows, int kTiles, int outputs, int splitTiles,
        ArrayView<Fragment> w, ArrayView<Fragment> x, ArrayView<float> y) =>
        Multiply<RowTilePair<RowTilePair<RowTilePair<RowTilePair<RowTile8>>>>>(rows, kTiles, outputs, splitTiles, w, x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Multiply<TTile>(
        int rows, int kTiles, int outputs, int splitTiles, ArrayView<Fragment> w, ArrayView<Fragment> x, ArrayView<float> y)
        where TTile : struct, IRowTile
    {
        ArrayView<Fragment> chunks = SharedMemory.Allocate<Fragment>(2 * default(TTile).Rows * StagePitch / 4);
        ArrayView<uint> stage = chunks.Cast<uint>();
        int lane = Group.IdxX & 31, warp = Group.IdxX >> 5;
        int outputTile = Math.Min(Grid.IdxX * Warps + warp, outputs / 16 - 1);
        int first = Grid.IdxY * splitTiles, end = Math.Min(first + splitTiles, kTiles);
        long at = ((long)outputTile * kTiles + first) * 32 + lane;
        Fragment w0 = w[at], w1 = w[at + 32], w2 = w[at + 64], w3 = w[at + 96];
        RowChunks next = RowChunks.Load(x, default(TTile).Rows, kTiles * 2, first * 2);
        TTile sums = default;
        int buffer = 0;
        for (int k = first; k < end; k += StageTiles)
        {
            next.Store(chunks, default(TTile).Rows, buffer);
            Group.Barrier();
            Fragment v0 = w0, v1 = w1, v2 = w2, v3 = w3;
            if (k + StageTiles < end)
            {
                at += StageTiles * 32;
                w0 = w[at];
                w1 = w[at + 32];
                w2 = w[at + 64];
                w3 = w[at + 96];
                next = RowChunks.Load(x, default(TTile).Rows, kTiles * 2, (k + StageTiles) * 2);
            }
            int place = buffer * 4 + (lane >> 2) * StagePitch + (lane & 3);
            sums.Multiply(v0, stage, place);
            sums.Multiply(v1, stage, place + 8);
            sums.Multiply(v2, stage, place + 16);
            sums.Multiply(v3, stage, place + 24);
            buffer = default(TTile).Rows * StagePitch / 4 - buffer;
        }
        if (Grid.IdxX * Warps + warp < outputs / 16)
            sums.Store(
                y.SubView((long)Grid.IdxY * rows * outputs, (long)rows * outputs),
                outputTile * 16 + (lane >> 2), (lane & 3) * 2, rows, outputs);
    }
}
