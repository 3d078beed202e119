using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace Speculative;

/// <summary>The instructions themselves, as inline PTX; sm_80 and later.</summary>
readonly struct CudaTensorCore<TFormat> : ITensorCore where TFormat : struct, IHalfFormat
{
    /// <inheritdoc/>
    public int ScratchWords => 1;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Pack(float low, float high)
    {
        Output<uint> packed = default;
        Input<float> first = low, second = high;
        if (default(TFormat).IsBFloat16)
            CudaAsm.EmitRef("cvt.rn.bf16x2.f32 %0, %2, %1;", ref packed, ref first, ref second);
        else
            CudaAsm.EmitRef("cvt.rn.f16x2.f32 %0, %2, %1;", ref packed, ref first, ref second);
        return packed.Value;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Join(uint word, uint mask, uint bits)
    {
        Output<uint> joined = default;
        Input<uint> first = word, second = mask, third = bits;
        CudaAsm.EmitRef("lop3.b32 %0, %1, %2, %3, 0xea;", ref joined, ref first, ref second, ref third);
        return joined.Value;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Add(uint first, uint second)
    {
        Output<uint> sum = default;
        Input<uint> left = first, right = second, one = 0x3f803f80;
        if (default(TFormat).IsBFloat16)
            CudaAsm.EmitRef("fma.rn.bf16x2 %0, %1, %3, %2;", ref sum, ref left, ref right, ref one); // add.bf16x2 came with sm_90
        else
            CudaAsm.EmitRef("add.rn.f16x2 %0, %1, %2;", ref sum, ref left, ref right);
        return sum.Value;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Multiply(ref TensorSums sums, Fragment a, uint b0, uint b1, ArrayView<uint> scratch)
    {
        Ref<float> c0 = sums.UpperLeft, c1 = sums.UpperRight, c2 = sums.LowerLeft, c3 = sums.LowerRight;
        Input<uint> a0 = a.X, a1 = a.Y, a2 = a.Z, a3 = a.W, x0 = b0, x1 = b1;
        if (default(TFormat).IsBFloat16)
            CudaAsm.EmitRef(
                "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};",
                ref c0, ref c1, ref c2, ref c3, ref a0, ref a1, ref a2, ref a3, ref x0, ref x1);
        else
            CudaAsm.EmitRef(
                "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};",
                ref c0, ref c1, ref c2, ref c3, ref a0, ref a1, ref a2, ref a3, ref x0, ref x1);
        sums.UpperLeft = c0.Value;
        sums.UpperRight = c1.Value;
        sums.LowerLeft = c2.Value;
        sums.LowerRight = c3.Value;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public SharedTile Allocate(int chunks)
    {
        Output<uint> address = default;
        if (chunks == 1024)
            CudaAsm.EmitRef(".shared .align 128 .b8 tile1024[16384]; mov.u32 %0, tile1024;", ref address);
        else
            CudaAsm.EmitRef(".shared .align 128 .b8 tile2048[32768]; mov.u32 %0, tile2048;", ref address);
        return new(default, address.Value);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Fragment Load(SharedTile tile, int at, ArrayView<uint> scratch)
    {
        Output<uint> x = default, y = default, z = default, w = default;
        Input<uint> address = tile.Address + (uint)at * 16;
        CudaAsm.EmitRef("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];", ref x, ref y, ref z, ref w, ref address);
        return new(x.Value, y.Value, z.Value, w.Value);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Fragment LoadTransposed(SharedTile tile, int at, ArrayView<uint> scratch)
    {
        Output<uint> x = default, y = default, z = default, w = default;
        Input<uint> address = tile.Address + (uint)at * 16;
        CudaAsm.EmitRef("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];", ref x, ref y, ref z, ref w, ref address);
        return new(x.Value, y.Value, z.Value, w.Value);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(SharedTile tile, int at, Fragment chunk) =>
        CudaAsm.Emit("st.shared.v4.b32 [%0], {%1,%2,%3,%4};", tile.Address + (uint)at * 16, chunk.X, chunk.Y, chunk.Z, chunk.W);
}
