namespace Speculative.Tests;

public sealed unsafe class MatrixTests
{
    public static MatrixTheoryData<int, ElementType> WidthsAndTypes() =>
        new([128, 256, 512], [ElementType.F32, ElementType.F16, ElementType.BF16]);

    [Theory]
    [MemberData(nameof(WidthsAndTypes))]
    public void Multiply_AnyRowsAndRange_SameBitsAndNearOracle(int bits, ElementType type)
    {
        foreach ((int outputs, int inputs) in new[] { (1, 1), (5, 31), (12, 64), (13, 67), (29, 130) })
        {
            using RandomWeights weights = new(TinyShapes.Llama, type);
            Weight weight = weights.GetWeight("w", outputs, inputs);
            Matrix matrix = Matrix.Create(weight, bits);
            float[] x = Numbers(65 * inputs), expected = new float[65 * outputs];
            for (int row = 0; row < 65; row++)
                Multiply(matrix, x.AsSpan(row * inputs, inputs), 1, 0, outputs, expected.AsSpan(row * outputs, outputs));
            AssertNearOracle(weight, x, expected);
            foreach (int rows in new[] { 2, 3, 4, 5, 6, 7, 8, 9, 17, 65 })
            {
                float[] actual = new float[rows * outputs];
                int cut = outputs / 2;
                Multiply(matrix, x, rows, cut, outputs, actual);
                if (cut > 0)
                    Multiply(matrix, x, rows, 0, cut, actual);
                Assert.True(actual.AsSpan().SequenceEqual(expected.AsSpan(0, actual.Length)), $"{outputs} x {inputs}, {rows} rows");
            }
        }
    }

    [Theory]
    [MemberData(nameof(WidthsAndTypes))]
    public void Multiply_EveryHalf_WidensExactly(int bits, ElementType type)
    {
        if (type == ElementType.F32)
            return; // nothing is widened
        ushort[] all = [.. Enumerable.Range(0, 65536).Select(value => (ushort)value)];
        fixed (ushort* data = all)
        {
            int largest = type == ElementType.F16 ? 0x7C00 : 0x7F80; // exponent of infinities and NaN
            Matrix matrix = Matrix.Create(new((nint)data, type, 1024, 64), bits);
            float[] picked = new float[1024], x = new float[64];
            for (int column = 0; column < 64; column++)
            {
                Array.Clear(x);
                x[column] = 1;
                Multiply(matrix, x, 1, 0, 1024, picked);
                for (int row = 0; row < 1024; row++)
                {
                    ushort value = all[row * 64 + column];
                    float expected = type == ElementType.F16 ? (float)BitConverter.UInt16BitsToHalf(value)
                        : BitConverter.UInt32BitsToSingle((uint)value << 16);
                    bool finiteRow = Enumerable.Range(row * 64, 64).All(i => (all[i] & largest) != largest);
                    Assert.Equal(finiteRow ? expected : float.NaN, finiteRow || float.IsNaN(picked[row]) ? picked[row] : 0);
                }
            }
        }
    }

    static void Multiply(Matrix matrix, ReadOnlySpan<float> x, int rows, int from, int to, Span<float> y)
    {
        float[] prepared = new float[matrix.PreparedBytes(rows, matrix.Inputs) / sizeof(float) + 1];
        fixed (float* source = x, target = prepared, result = y)
        {
            for (int part = 0; part < 3 && matrix.Layout != ActivationLayout.Natural; part++)
                matrix.Prepare(source, rows, matrix.Inputs, target, part, 3);
            matrix.Multiply(matrix.Layout == ActivationLayout.Natural ? source : target, rows, matrix.Inputs, from, to, result,
                matrix.Outputs);
        }
    }

    static void AssertNearOracle(Weight weight, float[] x, float[] actual)
    {
        float[] w = new float[weight.Columns];
        for (int output = 0; output < weight.Rows; output++)
        {
            fixed (float* target = w)
                WeightRows.Widen(weight, output, target);
            for (int row = 0; row < 65; row++)
            {
                double sum = 0;
                for (int k = 0; k < w.Length; k++)
                    sum += (double)x[row * w.Length + k] * w[k];
                Assert.InRange(actual[row * weight.Rows + output], sum - 1e-5, sum + 1e-5);
            }
        }
    }

    static float[] Numbers(int count)
    {
        Random random = new(3);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
    }
}
