using System.Diagnostics;

namespace Speculative.Bench.Machine;

/// <summary>Times the matrix products of one precision by themselves, over matrices that together no cache holds.</summary>
sealed unsafe class ProductMeasurement : IDisposable
{
    const int Outputs = 2816, Inputs = 1024;
    const long Bytes = 192L << 20;

    readonly RandomWeights weights;
    readonly MatrixStore store;
    readonly WorkerPool pool;
    readonly ProductJob job;
    readonly List<Matrix> matrices = [];
    readonly NativeBuffer x = new(), y = new();

    /// <summary>Creates the matrices.</summary>
    public ProductMeasurement(Precision precision, int threads)
    {
        ModelConfig config = RandomWeights.NamedShape("tiny");
        weights = new(config, precision == Precision.BF16 ? ElementType.F32 : ElementType.BF16);
        store = new(weights, precision);
        pool = new(threads);
        job = new(pool);
        while (store.ByteLength < Bytes)
            matrices.Add(store.Load($"w{matrices.Count}", Outputs, Inputs));
    }

    /// <summary>Bytes that all products read.</summary>
    public long ByteLength => store.ByteLength;

    /// <summary>Multiply-adds of all products over one row.</summary>
    public long MultiplyAdds => (long)Outputs * Inputs * matrices.Count;

    /// <summary>Times all products over some rows, once.</summary>
    public double Seconds(int rows)
    {
        const int stride = Inputs + 16;
        new Span<float>(x.Floats(rows * stride), rows * stride).Fill(0.5f);
        float* target = y.Floats((long)rows * Outputs);
        long start = Stopwatch.GetTimestamp();
        foreach (Matrix matrix in matrices)
            job.Run(x.Floats(0), rows, stride, new Product(matrix, target, Outputs));
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Frees the matrices and ends the threads.</summary>
    public void Dispose()
    {
        pool.Dispose();
        job.Dispose();
        store.Dispose();
        weights.Dispose();
        x.Dispose();
        y.Dispose();
    }
}
