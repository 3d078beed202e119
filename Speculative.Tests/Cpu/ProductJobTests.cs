namespace Speculative.Tests;

public sealed unsafe class ProductJobTests
{
    const int Outputs = 203, Inputs = 96;

    /// <summary>
    /// Gate and up meet block by block, also where a file stores them differently: a tile must then hold whole blocks of both.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void RunGated_AnyTwoFormats_EqualsBothProductsAndThenTheGate(int threads)
    {
        Precision[] formats = [Precision.AsStored, .. PanelFormats.Precisions];
        using RandomWeights weights = new(TinyShapes.Llama, ElementType.BF16);
        using WeightArena arena = new();
        using WorkerPool pool = new(threads), one = new(1);
        using ProductJob job = new(pool), plain = new(one);
        foreach (Precision gateFormat in formats)
            foreach (Precision upFormat in formats)
            {
                Matrix gate = Matrices.Create(gateFormat, weights.GetWeight("gate", Outputs, Inputs), arena);
                Matrix up = Matrices.Create(upFormat, weights.GetWeight("up", Outputs, Inputs), arena);
                foreach (int rows in new[] { 1, 3, 64 })
                    Assert.Equal(GateAfterwards(plain, gate, up, rows), Gated(job, gate, up, rows));
            }
    }

    static float[] Gated(ProductJob job, Matrix gate, Matrix up, int rows)
    {
        float[] x = Numbers(rows), left = new float[rows * Outputs], right = new float[rows * Outputs];
        fixed (float* source = x, g = left, u = right)
            job.RunGated(source, rows, Inputs, new(gate, g, Outputs), new(up, u, Outputs));
        return left;
    }

    static float[] GateAfterwards(ProductJob job, Matrix gate, Matrix up, int rows)
    {
        float[] x = Numbers(rows), left = new float[rows * Outputs], right = new float[rows * Outputs];
        fixed (float* source = x, g = left, u = right)
        {
            job.Run(source, rows, Inputs, new Product(gate, g, Outputs));
            job.Run(source, rows, Inputs, new Product(up, u, Outputs));
            VectorMath.Gate(g, u, left.Length);
        }
        return left;
    }

    static float[] Numbers(int rows)
    {
        Random random = new(5);
        return [.. Enumerable.Range(0, rows * Inputs).Select(_ => random.NextSingle() * 2 - 1)];
    }
}
