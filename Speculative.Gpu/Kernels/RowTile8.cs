using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace Speculative;

/// <summary>Eight rows: one <c>mma.m16n8k16</c> accumulator, four elements a lane.</summary>
struct RowTile8 : IRowTile
{
    float c0, c1, c2, c3;

    /// <inheritdoc/>
    public readonly int Rows => 8;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Multiply(Fragment weights, ArrayView<uint> stage, int at)
    {
        Ref<float> d0 = c0, d1 = c1, d2 = c2, d3 = c3;
        Input<uint> a0 = weights.X, a1 = weights.Y, a2 = weights.Z, a3 = weights.W, b0 = stage[at], b1 = stage[at + 4];
        CudaAsm.EmitRef(
            "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};",
            ref d0, ref d1, ref d2, ref d3, ref a0, ref a1, ref a2, ref a3, ref b0, ref b1);
        c0 = d0.Value;
        c1 = d1.Value;
        c2 = d2.Value;
        c3 = d3.Value;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> y, int output, int row, int rows, int outputs)
    {
        long at = (long)row * outputs + output;
        if (row < rows)
        {
            y[at] = c0;
            y[at + 8] = c2;
        }
        if (row + 1 < rows)
        {
            y[at + outputs] = c1;
            y[at + outputs + 8] = c3;
        }
    }
}
