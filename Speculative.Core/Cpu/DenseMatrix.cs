namespace Speculative;

/// <summary>
/// Weights used where they lie, row-major [outputs][inputs]. Blocks of 12 outputs are read from memory once and stay in the near cache
/// while all rows pass over them, four rows (or two, or one) at a time.
/// </summary>
sealed unsafe class DenseMatrix<TFormat, TLanes, TVector>(Weight weight) : Matrix(weight.Rows, weight.Columns)
    where TFormat : struct, IWeightFormat
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    readonly byte* data = (byte*)weight.Data;
    readonly long rowBytes = (long)weight.Columns * TFormat.Size;

    public override int OutputBlock => 12;

    public override ActivationLayout Layout => TFormat.Layout;

    public override long PreparedBytes(int rows, int stride) => (long)rows * stride * sizeof(float);

    public override void Prepare(float* source, int rows, int stride, void* prepared, int part, int parts)
    {
        int half = TLanes.Count, inBlocks = Inputs - Inputs % (2 * half), end = rows * (part + 1) / parts, row = rows * part / parts;
        float* target = (float*)prepared + (long)row * stride;
        source += (long)row * stride;
        for (; row < end; row++, source += stride, target += stride)
        {
            for (int block = 0; block < inBlocks; block += 2 * half)
                for (int i = 0; i < half; i++)
                {
                    target[block + i] = source[block + 2 * i];
                    target[block + half + i] = source[block + 2 * i + 1];
                }
            for (int i = inBlocks; i < Inputs; i++)
                target[i] = source[i];
        }
    }

    public override void Multiply(void* activations, int rows, int xStride, int from, int to, float* y, long yStride)
    {
        float* x = (float*)activations;
        for (int first = from; first < to; first += OutputBlock)
        {
            int last = Math.Min(first + OutputBlock, to) - 1, row = 0;
            for (; rows - row > 2; row += 4)
                for (int output = first; output <= last; output += 3)
                    ProductKernel<TFormat, TLanes, TVector>.Rows4(Block(output, last), x + (long)row * xStride, xStride, rows - row,
                        y + row * yStride, yStride);
            for (; row < rows; row += 2)
                for (int output = first; output <= last; output += 4)
                    if (rows - row == 2)
                        ProductKernel<TFormat, TLanes, TVector>.Rows2(Block(output, last), x + (long)row * xStride, xStride,
                            y + row * yStride, yStride);
                    else
                        ProductKernel<TFormat, TLanes, TVector>.Row1(Block(output, last), x + (long)row * xStride, y + row * yStride);
        }
    }

    WeightBlock Block(int output, int last) => new(data + output * rowBytes, rowBytes, Inputs, output, last);
}
