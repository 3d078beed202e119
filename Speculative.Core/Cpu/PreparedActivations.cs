namespace Speculative;

/// <summary>Rows of activations in the order that a matrix reads, brought there by several threads where there are many.</summary>
sealed unsafe class PreparedActivations(WorkerPool pool) : ITiledJob, IDisposable
{
    /// <summary>A dispatch costs about as much as one thread needs for so many numbers.</summary>
    const long LeastShared = 1 << 12;

    readonly NativeBuffer buffer = new();
    Matrix matrix = null!;
    float* source;
    void* target;
    int rows, stride;

    /// <summary>The rows in the matrix's layout: where they are, or in memory that is valid until the next call.</summary>
    /// <param name="matrix">Whose layout.</param>
    /// <param name="source">[rows][stride], in natural order.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="stride">Floats from row to row.</param>
    public void* Take(Matrix matrix, float* source, int rows, int stride)
    {
        if (matrix.Layout == ActivationLayout.Natural)
            return source;
        (this.matrix, this.rows, this.stride) = (matrix, rows, stride);
        this.source = source;
        target = buffer.Floats((matrix.PreparedBytes(rows, stride) + 3) / sizeof(float));
        if ((long)rows * matrix.Inputs < LeastShared)
            matrix.Prepare(source, rows, stride, target, 0, 1);
        else
            pool.Run(this, pool.Threads);
        return target;
    }

    public void RunTile(int tile, int worker) => matrix.Prepare(source, rows, stride, target, tile, pool.Threads);

    public void Dispose() => buffer.Dispose();
}
