using System.Runtime.Intrinsics;

namespace Speculative;

/// <summary>
/// Weights and activations as small integers with a scale for 32 inputs, multiplied as integers. An output element is, over the groups in
/// ascending order, total = fma(sum of the group's integer products, weight scale * activation scale, total) in single precision: the
/// same bits for every number of rows and every vector width.
/// </summary>
sealed unsafe class QuantizedMatrix<TFormat, TLanes, TVector>(byte* panels, int outputs, int inputs) : Matrix(outputs, inputs)
    where TFormat : struct, IQuantizedFormat
    where TLanes : struct, IDotLanes<TVector>
    where TVector : struct
{
    readonly int groups = QuantizedLayout.Groups(inputs);

    public override ActivationLayout Layout => TFormat.ActivationLevels == 64 ? ActivationLayout.SevenBit : ActivationLayout.EightBit;

    public override int OutputBlock => QuantizedLayout.Panel;

    long PanelBytes => (long)groups * TFormat.GroupBytes;

    public override long PreparedBytes(int rows, int stride) =>
        (long)QuantizedLayout.RowBlocks(rows) * groups * QuantizedLayout.ActivationBytes;

    public override void Prepare(float* source, int rows, int stride, void* target)
    {
        byte* block = (byte*)target;
        for (int first = 0; first < rows; first += QuantizedLayout.RowBlock, block += groups * QuantizedLayout.ActivationBytes)
            for (int row = 0; row < QuantizedLayout.RowBlock; row++)
                ActivationQuantizer.Quantize<TFormat>(first + row < rows ? source + (long)(first + row) * stride : null, Inputs, row, block);
    }

    public override void Multiply(void* x, int rows, int xStride, int from, int to, float* y, long yStride)
    {
        for (int first = from; first < to; first += QuantizedLayout.Panel)
        {
            byte* panel = panels + first / QuantizedLayout.Panel * PanelBytes, block = (byte*)x;
            int count = Math.Min(QuantizedLayout.Panel, to - first);
            for (int row = 0; row < rows; row += QuantizedLayout.RowBlock, block += groups * QuantizedLayout.ActivationBytes)
                MultiplyBlock(panel, block, Math.Min(QuantizedLayout.RowBlock, rows - row), y + row * yStride + first, yStride, count);
        }
    }

    void MultiplyBlock(byte* panel, byte* block, int rows, float* y, long yStride, int count)
    {
        const int size = QuantizedLayout.RowBlock * QuantizedLayout.Panel;
        float* totals = stackalloc float[size];
        new Span<float>(totals, rows <= 4 ? rows == 1 ? QuantizedLayout.Panel : size / 2 : size).Clear();
        if (rows == 1)
            TFormat.Multiply1<TLanes, TVector>(panel, block, groups, totals);
        else if (rows > 4 && TLanes.Rows == 8)
            TFormat.Multiply8<TLanes, TVector>(panel, block, groups, totals);
        else
            for (int row = 0; row < rows; row += 4)
                TFormat.Multiply4<TLanes, TVector>(panel, block + row * 4, groups, totals + row * QuantizedLayout.Panel);
        for (int row = 0; row < rows; row++)
            new Span<float>(totals + row * QuantizedLayout.Panel, count).CopyTo(new(y + row * yStride, count));
    }
}

/// <summary>Creates quantized matrices.</summary>
static unsafe class QuantizedMatrix
{
    /// <summary>Bytes of a matrix's panels.</summary>
    public static long ByteLength(int outputs, int inputs, int groupBytes) =>
        (long)QuantizedLayout.Panels(outputs) * QuantizedLayout.Groups(inputs) * groupBytes;

    /// <summary>Wraps panels, where they are, with vectors of a given width in bits.</summary>
    public static Matrix Create<TFormat>(byte* panels, int outputs, int inputs, int vectorBits) where TFormat : struct, IQuantizedFormat =>
        vectorBits switch
        {
            512 => new QuantizedMatrix<TFormat, DotLanes512, Vector512<int>>(panels, outputs, inputs),
            256 => new QuantizedMatrix<TFormat, DotLanes256, Vector256<int>>(panels, outputs, inputs),
            _ => new QuantizedMatrix<TFormat, DotLanes128, Vector128<int>>(panels, outputs, inputs),
        };

    /// <summary>Quantizes stored weights into panels; outputs and inputs that fill no panel or group are zeros.</summary>
    public static void Pack<TFormat>(Weight weight, byte* panels) where TFormat : struct, IQuantizedFormat
    {
        int groups = QuantizedLayout.Groups(weight.Columns);
        Parallel.For(0, QuantizedLayout.Panels(weight.Rows), panel =>
        {
            float[] values = new float[groups * QuantizedLayout.Group];
            fixed (float* row = values)
                for (int output = 0; output < QuantizedLayout.Panel; output++)
                {
                    int index = panel * QuantizedLayout.Panel + output;
                    if (index < weight.Rows)
                        WeightRows.Widen(weight, index, row);
                    else
                        Array.Clear(values);
                    byte* group = panels + (long)panel * groups * TFormat.GroupBytes;
                    for (int i = 0; i < groups; i++, group += TFormat.GroupBytes)
                        TFormat.Pack(row + i * QuantizedLayout.Group, output, group);
                }
        });
    }
}
