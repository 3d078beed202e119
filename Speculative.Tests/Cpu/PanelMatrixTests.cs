using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Speculative.Tests;

public sealed unsafe class PanelMatrixTests
{
    static readonly (int Outputs, int Inputs)[] Shapes = [(1, 1), (31, 33), (32, 64), (33, 31), (70, 300)];

    public static MatrixTheoryData<string, Precision> VectorsAndPrecisions() =>
        new(Enum.GetNames<PanelVectors>(), PanelFormats.Precisions);

    [Theory]
    [MemberData(nameof(VectorsAndPrecisions))]
    public void Multiply_AnyRowsAndRange_HasTheOraclesBits(string name, Precision precision)
    {
        PanelVectors vectors = Enum.Parse<PanelVectors>(name);
        bool bytes = precision is Precision.Int8 or Precision.Int4; // floats of 512 bits run anywhere, in two halves
        Assert.SkipWhen(vectors == PanelVectors.Bits512 && bytes && !Avx512BW.IsSupported, "The processor has no AVX-512.");
        Assert.SkipWhen(vectors == PanelVectors.Bits256Dot && !AvxVnni.IsSupported, "The processor has no AVX-VNNI.");
        Assert.SkipWhen(vectors == PanelVectors.Bits256 && !Avx2.IsSupported, "The processor has no AVX2.");
        foreach ((int outputs, int inputs) in Shapes)
        {
            using RandomWeights weights = new(TinyShapes.Llama, ElementType.F32);
            Weight weight = weights.GetWeight("w", outputs, inputs);
            using WeightArena arena = new();
            Matrix matrix = Matrices.Create(precision, weight, arena, vectors);
            float[] x = Numbers(64 * inputs);
            float[] expected = Expected(precision, weight, x);
            foreach (int rows in new[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 16, 64 })
            {
                float[] actual = new float[rows * outputs];
                int cut = outputs / 2 / matrix.OutputBlock * matrix.OutputBlock;
                Multiply(matrix, x, rows, cut, outputs, actual);
                if (cut > 0)
                    Multiply(matrix, x, rows, 0, cut, actual);
                Assert.Equal(expected.AsSpan(0, actual.Length).ToArray(), actual);
            }
        }
    }

    [Theory]
    [InlineData(Precision.Int8)]
    [InlineData(Precision.Int4)]
    public void Multiply_ExtremeNumbers_NeitherSaturatesNorHidesWhatIsNotFinite(Precision precision)
    {
        float[] values = [.. Enumerable.Range(0, 32 * 64).Select(i => i / 64 % 2 == 0 ? 1f : -1f)];
        fixed (float* data = values)
        {
            using WeightArena arena = new();
            Weight weight = new((nint)data, ElementType.F32, 32, 64);
            Matrix matrix = Matrices.Create(precision, weight, arena);
            float[] x = [.. Enumerable.Repeat(-1f, 64), .. Enumerable.Repeat(1f, 64)], y = new float[64];
            Multiply(matrix, x, 2, 0, 32, y);
            Assert.Equal(Expected(precision, weight, x), y);
            x[3] = float.PositiveInfinity;
            x[70] = float.NaN;
            Multiply(matrix, x, 2, 0, 32, y);
            Assert.All(y, value => Assert.True(float.IsNaN(value)));
        }
    }

    /// <summary>As a half-precision scale they would be taken for numbers.</summary>
    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(1e30f)]
    public void Pack_WhatHasNoFiniteScale_NamesTheTensor(float number)
    {
        foreach (Precision precision in new[] { Precision.Int8, Precision.Int4 })
        {
            using BrokenWeights weights = new(TinyShapes.Llama, "model.layers.0.mlp.up_proj.weight", number);
            Assert.StartsWith("model.layers.0.mlp.up_proj.weight: expected weights with a finite half-precision scale",
                Assert.Throws<ModelFormatException>(() => new CpuModel(weights, new() { Precision = precision })).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void PortableSums_OfAnyBytes_AreThoseOfTheProcessor()
    {
        Random random = new(2);
        Span<byte> left = stackalloc byte[16], right = stackalloc byte[16];
        for (int i = 0; i < 1000; i++)
        {
            random.NextBytes(left);
            for (int j = 0; j < 16; j++)
                right[j] = (byte)(sbyte)random.Next(-64, 65);
            Vector128<int> w = Vector128.Create<byte>(left).AsInt32(), x = Vector128.Create<byte>(right).AsInt32();
            Vector128<short> pairs = PanelLanes128.PortablePairs(w, x);
            Assert.Equal(PanelLanes128.DotPartial(w, x, default), pairs.AsInt32());
            Assert.Equal(PanelLanes128.SumPartial(pairs.AsInt32()), PanelLanes128.Adjacent(pairs));
        }
    }

    /// <summary>
    /// Blocks as an importance matrix makes them: no level need reach -8 (or 127), where rounding anew would move numbers. Also 0 and the
    /// smallest number as scale, and levels without a scale.
    /// </summary>
    [Theory]
    [InlineData(ElementType.Q4_0, Precision.Int4, 15)]
    [InlineData(ElementType.Q8_0, Precision.Int8, 255)]
    public void Pack_StoredBlocks_KeepsScalesAndLevels(ElementType type, Precision precision, int mask)
    {
        const int rows = 33, columns = 96;
        Weight shape = new(0, type, rows, columns);
        byte[] blocks = new byte[shape.ByteLength];
        new Random(6).NextBytes(blocks);
        int bytes = (int)shape.RowByteLength / 3;
        for (int block = 0; block < rows * 3; block++)
        {
            Span<byte> own = blocks.AsSpan(block * bytes, bytes);
            BitConverter.TryWriteBytes(own, (Half)(block % 5 == 0 ? 0 : block % 7 == 0 ? 6e-8 : 0.37 * (block - 40)));
            foreach (ref byte level in own[2..])
                level = block % 4 == 0 ? (byte)0 : type == ElementType.Q4_0 ? AtLeastOne(level) : level;
        }
        fixed (byte* data = blocks)
        {
            using WeightArena arena = new();
            Weight weight = shape with { Data = (nint)data };
            byte* panels = arena.Allocate(PanelFormats.ByteLength(precision, rows, columns));
            PanelFormats.Pack(precision, weight, panels);
            float* row = stackalloc float[columns];
            for (int output = 0; output < 64; output++)
            {
                if (output < rows)
                    WeightRows.Widen(weight, output, row);
                for (int input = 0; input < columns; input++)
                    Assert.Equal(output < rows ? row[input] : 0, Stored(precision, panels, output, input, mask));
            }
            byte[] unpacked = new byte[blocks.Length];
            fixed (byte* target = unpacked)
                PanelFormats.Unpack(precision, panels, shape with { Data = (nint)target });
            Assert.Equal(blocks, unpacked);
        }
    }

    [Theory]
    [InlineData(ElementType.F32, Precision.F32)]
    [InlineData(ElementType.BF16, Precision.BF16)]
    public void Unpack_FloatsOfAnyShape_GivesWhatWasPacked(ElementType type, Precision precision)
    {
        foreach ((int outputs, int inputs) in Shapes)
        {
            using RandomWeights weights = new(TinyShapes.Llama, type);
            Weight weight = weights.GetWeight("w", outputs, inputs);
            using WeightArena arena = new();
            byte* panels = arena.Allocate(PanelFormats.ByteLength(precision, outputs, inputs));
            PanelFormats.Pack(precision, weight, panels);
            byte[] unpacked = new byte[weight.ByteLength];
            fixed (byte* target = unpacked)
                PanelFormats.Unpack(precision, panels, weight with { Data = (nint)target });
            Assert.Equal(new ReadOnlySpan<byte>((byte*)weight.Data, unpacked.Length).ToArray(), unpacked);
            Assert.Equal(type, PanelFormats.Stored(precision));
        }
    }

    /// <summary>Both nibbles from 1 on: -7 is the largest level.</summary>
    static byte AtLeastOne(byte level) => (byte)(Math.Max(level & 15, 1) | Math.Max(level >> 4, 1) << 4);

    /// <summary>A number of a panel matrix of 96 inputs, found by the layout's definition.</summary>
    static float Stored(Precision precision, byte* panels, int output, int input, int mask)
    {
        byte* group = panels + (output / 32 * 3L + input / 32) * PanelFormats.GroupBytes(precision);
        int inStep = precision == Precision.Int4 ? 8 : 4, at = input % 32;
        byte stored = group[64 + at / inStep * 128 + output % 32 * 4 + at % 4];
        return (float)((Half*)group)[output % 32] * ((at % inStep < 4 ? stored & mask : stored >> 4) - (mask + 1) / 2);
    }

    static float[] Expected(Precision precision, Weight weight, float[] x)
    {
        int rows = x.Length / weight.Columns;
        float[] expected = new float[rows * weight.Rows], w = new float[weight.Columns];
        for (int output = 0; output < weight.Rows; output++)
        {
            fixed (float* target = w)
                WeightRows.Widen(weight, output, target);
            for (int row = 0; row < rows; row++)
                expected[row * weight.Rows + output] = PanelOracle.Product(precision, w, x[(row * w.Length)..((row + 1) * w.Length)]);
        }
        return expected;
    }

    static void Multiply(Matrix matrix, float[] x, int rows, int from, int to, float[] y)
    {
        float[] prepared = new float[matrix.PreparedBytes(rows, matrix.Inputs) / sizeof(float) + 1];
        fixed (float* source = x, target = prepared, result = y)
        {
            for (int part = 0; part < 3; part++)
                matrix.Prepare(source, rows, matrix.Inputs, target, part, 3);
            matrix.Multiply(target, rows, matrix.Inputs, from, to, result, matrix.Outputs);
        }
    }

    static float[] Numbers(int count)
    {
        Random random = new(5);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2 - 1) * MathF.Pow(10, random.Next(-3, 3)))];
    }
}
