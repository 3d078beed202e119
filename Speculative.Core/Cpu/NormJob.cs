namespace Speculative;

/// <summary>What lies between two blocks of a pass, row by row: the residual sum and the norm of it.</summary>
sealed unsafe class NormJob(ModelConfig config, int stride, WorkerPool pool) : ITiledJob
{
    /// <summary>A dispatch costs about as much as one thread needs for so many numbers.</summary>
    const long LeastShared = 1 << 13;

    float* x, addend, weight, target;

    /// <summary>x += addend; target = norm(x), Llama's RMS norm.</summary>
    /// <param name="x">[rows][stride]: the residual rows.</param>
    /// <param name="addend">[rows][stride], or null: nothing is added.</param>
    /// <param name="weight">[hidden size], or null: no norm is wanted.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="target">[rows][stride]; may be <paramref name="addend"/>.</param>
    public void Run(float* x, float* addend, float* weight, int rows, float* target)
    {
        this.x = x;
        this.addend = addend;
        this.weight = weight;
        this.target = target;
        if ((long)rows * config.HiddenSize >= LeastShared)
            pool.Run(this, rows);
        else
            WorkerPool.RunAlone(this, rows);
    }

    public void RunTile(int tile, int worker)
    {
        long start = (long)tile * stride;
        if (addend != null)
            VectorMath.Add(x + start, addend + start, config.HiddenSize);
        if (weight != null)
            VectorMath.RmsNorm(x + start, weight, config.NormEpsilon, config.HiddenSize, target + start);
    }
}
