using ILGPU;

namespace Speculative.Tests;

/// <summary>
/// What the PTX ISA says of the instructions behind <see cref="ITensorCore"/> (sections "mma.m16n8k16" and "ldmatrix"), in plain code for
/// the CPU accelerator: the lanes of a warp put their operands into the scratch memory and each computes its own results.
/// </summary>
readonly struct EmulatedTensorCore<TFormat> : ITensorCore where TFormat : struct, IHalfFormat
{
    const int Words = 6, MaxWarps = 8, MaxTileChunks = 2048;

    public int ScratchWords => MaxWarps * 32 * Words;

    public SharedTile Allocate(int chunks) => new(SharedMemory.Allocate<Fragment>(MaxTileChunks).SubView(0, chunks), 0);

    public uint Pack(float low, float high) => default(TFormat).FromFloat(low) | (uint)default(TFormat).FromFloat(high) << 16;

    public uint Join(uint word, uint mask, uint bits) => word & mask | bits;

    public uint Add(uint first, uint second) =>
        Pack(Element(first, 0) + Element(second, 0), Element(first, 1) + Element(second, 1));

    public void Multiply(ref TensorSums sums, Fragment a, uint b0, uint b1, ArrayView<uint> scratch)
    {
        ArrayView<uint> operands = Share(scratch, a, b0, b1);
        int group = (Group.IdxX & 31) >> 2, pair = 2 * (Group.IdxX & 3);
        for (int k = 0; k < 16; k++)
        {
            float left = B(operands, k, pair), right = B(operands, k, pair + 1);
            float upper = A(operands, group, k), lower = A(operands, group + 8, k);
            sums.UpperLeft += upper * left;
            sums.UpperRight += upper * right;
            sums.LowerLeft += lower * left;
            sums.LowerRight += lower * right;
        }
        Warp.Barrier();
    }

    public Fragment Load(SharedTile tile, int at, ArrayView<uint> scratch)
    {
        ArrayView<uint> rows = Share(scratch, new((uint)at, 0, 0, 0), 0, 0);
        int row = (Group.IdxX & 31) >> 2, word = Group.IdxX & 3;
        Fragment loaded = new(
            Word(tile, rows, row, word), Word(tile, rows, 8 + row, word), Word(tile, rows, 16 + row, word),
            Word(tile, rows, 24 + row, word));
        Warp.Barrier();
        return loaded;
    }

    public Fragment LoadTransposed(SharedTile tile, int at, ArrayView<uint> scratch)
    {
        ArrayView<uint> rows = Share(scratch, new((uint)at, 0, 0, 0), 0, 0);
        int column = (Group.IdxX & 31) >> 2, row = 2 * (Group.IdxX & 3);
        Fragment loaded = new(
            Pair(tile, rows, row, column), Pair(tile, rows, 8 + row, column), Pair(tile, rows, 16 + row, column),
            Pair(tile, rows, 24 + row, column));
        Warp.Barrier();
        return loaded;
    }

    public void Store(SharedTile tile, int at, Fragment chunk) => tile.View[at] = chunk;

    static ArrayView<uint> Share(ArrayView<uint> scratch, Fragment a, uint b0, uint b1)
    {
        ArrayView<uint> warp = scratch.SubView((Group.IdxX >> 5) * 32 * Words, 32 * Words);
        int at = (Group.IdxX & 31) * Words;
        warp[at] = a.X;
        warp[at + 1] = a.Y;
        warp[at + 2] = a.Z;
        warp[at + 3] = a.W;
        warp[at + 4] = b0;
        warp[at + 5] = b1;
        Warp.Barrier();
        return warp;
    }

    // Row g of A lies with the quad g % 8; a lane holds inputs pair, pair + 1 of rows g, g + 8, then the same eight inputs further on.
    static float A(ArrayView<uint> operands, int row, int k) =>
        Element(operands[(row % 8 * 4 + k % 8 / 2) * Words + row / 8 + k / 8 * 2], k & 1);

    static float B(ArrayView<uint> operands, int k, int column) =>
        Element(operands[(column * 4 + k % 8 / 2) * Words + 4 + k / 8], k & 1);

    static float Element(uint pair, int half) => default(TFormat).ToFloat((ushort)(pair >> 16 * half));

    static uint Word(SharedTile tile, ArrayView<uint> rows, int lane, int word)
    {
        Fragment chunk = tile.View[(int)rows[lane * Words]];
        return word == 0 ? chunk.X : word == 1 ? chunk.Y : word == 2 ? chunk.Z : chunk.W;
    }

    static uint Pair(SharedTile tile, ArrayView<uint> rows, int lane, int column) =>
        Half(Word(tile, rows, lane, column / 2), column) | Half(Word(tile, rows, lane + 1, column / 2), column) << 16;

    static uint Half(uint pair, int column) => pair >> 16 * (column & 1) & 0xffff;
}
