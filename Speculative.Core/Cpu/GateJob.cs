namespace Speculative;

/// <summary>The gate of the feed-forward block: gate = silu(gate) * up, element by element.</summary>
sealed unsafe class GateJob(WorkerPool pool) : ITiledJob
{
    float* gate, up;
    int columns, stride;

    public void Run(float* gate, float* up, int rows, int columns, int stride)
    {
        this.gate = gate;
        this.up = up;
        (this.columns, this.stride) = (columns, stride);
        if ((long)rows * columns < 1 << 14) // less than the dispatch costs
            for (int row = 0; row < rows; row++)
                RunTile(row, 0);
        else
            pool.Run(this, rows);
    }

    public void RunTile(int tile, int worker) =>
        VectorMath.Gate(gate + (long)tile * stride, up + (long)tile * stride, columns);
}
