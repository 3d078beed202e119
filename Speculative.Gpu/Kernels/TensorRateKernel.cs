using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// How fast a device's tensor cores multiply bf16 when nothing waits for memory: what the products are measured against. CUDA only.
/// </summary>
/// <remarks>
/// Grid: enough groups of 8 warps to fill any device; a warp multiplies the same operands into four independent tiles of 16 x 8 sums over
/// and over. The sums are stored so that the compiler keeps them. Not run on hardware yet.
/// </remarks>
sealed class TensorRateKernel(Accelerator accelerator)
{
    /// <summary>Bytes of the sums that are stored.</summary>
    public const long SumBytes = Groups * Warps * 16L * 32 * sizeof(float);

    /// <summary>Operations of one launch, a multiply-add being two.</summary>
    public const double Operations = 2.0 * 16 * 16 * 32 * Rounds * Warps * Groups;

    const int Groups = 1056, Warps = 8, Rounds = 4096;

    readonly Action<AcceleratorStream, KernelConfig, int, ArrayView<float>> kernel = accelerator.LoadKernel<int, ArrayView<float>>(Run);

    /// <summary>Multiplies.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="sums">Receives numbers that mean nothing; <see cref="SumBytes"/>.</param>
    /// <exception cref="ArgumentException">The view is too short.</exception>
    public void Launch(AcceleratorStream stream, ArrayView<float> sums)
    {
        KernelGuard.ThrowIfShorter(sums, SumBytes / sizeof(float), "groups x warps x 512");
        kernel(stream, (Groups, 32 * Warps), Rounds, sums);
    }

    [KernelEntry(32 * Warps, maxRegisters: 64, Instructions = ["HMMA.16816.F32.BF16"])]
    static void Run(int rounds, ArrayView<float> sums)
    {
        ArrayView<uint> stage = SharedMemory.Allocate<uint>(32 * TensorProductKernel.StagePitch);
        for (int i = Group.IdxX; i < 32 * TensorProductKernel.StagePitch; i += Group.DimX)
            stage[i] = 0x3f003e80; // 0.5 and 0.25
        ArrayView<uint> scratch = SharedMemory.Allocate<uint>(default(CudaTensorCore<BFloat16Format>).ScratchWords);
        Group.Barrier();
        int lane = Group.IdxX & 31, warp = Grid.IdxX * Warps + (Group.IdxX >> 5);
        Fragment weights = new(0x3e803f00, 0xbe803f00, 0x3e80bf00, 0xbe80bf00);
        RowTilePair<RowTilePair<RowTile8>> tile = default;
        for (int round = 0; round < rounds; round++)
            tile.Multiply<CudaTensorCore<BFloat16Format>>(
                weights, stage, (lane >> 2) * TensorProductKernel.StagePitch + (lane & 3), scratch);
        tile.Store(sums.SubView(warp * 512L, 512), lane >> 2, (lane & 3) * 2, 32, 16);
    }
}
