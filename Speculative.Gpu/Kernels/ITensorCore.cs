using ILGPU;

namespace Speculative;

/// <summary>
/// What a warp asks of the tensor cores and of the paths that feed them, for 16-bit elements: the instructions of the PTX ISA, one method
/// each. <see cref="CudaTensorCore{TFormat}"/> emits them; the tests have a twin that does in plain code what the ISA says, so that a
/// kernel's fragments, addresses and masks are proved without a GPU. All lanes of a warp must call a method together.
/// </summary>
interface ITensorCore
{
    /// <summary>The words of shared memory that a kernel lends to every call: a constant, 1 where none is needed.</summary>
    int ScratchWords { get; }

    /// <summary>Two numbers rounded to the format, nearest even, <paramref name="low"/> in the lower half.</summary>
    uint Pack(float low, float high);

    /// <summary>What a mask leaves of a word, and other bits: one instruction, where a compiler would make two.</summary>
    uint Join(uint word, uint mask, uint bits);

    /// <summary>The sums of two pairs, each rounded to the format.</summary>
    uint Add(uint first, uint second);

    /// <summary><c>mma.m16n8k16</c>: sums += a x b, where a is 16 x 16 and b, in (b0, b1), is 16 x 8.</summary>
    void Multiply(ref TensorSums sums, Fragment a, uint b0, uint b1, ArrayView<uint> scratch);

    /// <summary>Shared memory for tiles, once in a kernel.</summary>
    /// <param name="chunks">Its length in chunks of 16 bytes: a constant, 1024 or 2048.</param>
    SharedTile Allocate(int chunks);

    /// <summary><c>ldmatrix.x4</c>: four 8 x 8 matrices; lane 8 m + r names row r of matrix m by its chunk.</summary>
    Fragment Load(SharedTile tile, int at, ArrayView<uint> scratch);

    /// <summary><c>ldmatrix.x4.trans</c>: the same, each matrix transposed.</summary>
    Fragment LoadTransposed(SharedTile tile, int at, ArrayView<uint> scratch);

    /// <summary>Stores a chunk of a tile.</summary>
    void Store(SharedTile tile, int at, Fragment chunk);
}
