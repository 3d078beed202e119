namespace Speculative;

/// <summary>
/// Up to three products of the same activations in one dispatch, such as query, key and value; or gate and up, which meet where they were
/// computed.
/// </summary>
sealed unsafe class ProductJob(WorkerPool pool) : ITiledJob, IDisposable
{
    const int MaxProducts = 3, TilesPerThread = 8;

    /// <summary>A dispatch costs about as much as one thread needs for so many multiply-adds.</summary>
    const long LeastShared = 1 << 16;

    readonly Product[] products = new Product[MaxProducts];
    readonly PreparedActivations[] prepared = [new(pool), new(pool), new(pool)];
    int count, rows, xStride, blocksPerTile;
    bool gated;

    /// <summary>Multiplies all rows of <paramref name="x"/> with one matrix.</summary>
    public void Run(float* x, int rows, int xStride, in Product product) => Run(x, rows, xStride, product, default, default);

    /// <summary>
    /// Multiplies all rows of <paramref name="x"/> with each matrix that is given; results are in their targets on return.
    /// </summary>
    /// <param name="x">[rows][xStride], in natural order.</param>
    /// <param name="rows">How many rows; at least 1.</param>
    /// <param name="xStride">Floats from row to row.</param>
    /// <param name="first">A product.</param>
    /// <param name="second">A product, or default.</param>
    /// <param name="third">A product, or default.</param>
    public void Run(float* x, int rows, int xStride, in Product first, in Product second, in Product third)
    {
        gated = false;
        long multiplyAdds = Take(x, rows, xStride, first, second, third);
        int blocks = 0;
        for (int i = 0; i < count; i++)
            blocks += products[i].Blocks;
        Run(blocks, multiplyAdds);
    }

    /// <summary>The first half of a feed-forward block: the gate's target becomes silu(gate) * up, element by element.</summary>
    /// <param name="x">As in <see cref="Run(float*, int, int, in Product, in Product, in Product)"/>.</param>
    /// <param name="rows">How many rows; at least 1.</param>
    /// <param name="xStride">Floats from row to row.</param>
    /// <param name="gate">The gate.</param>
    /// <param name="up">As many outputs as the gate, in targets of the same stride.</param>
    public void RunGated(float* x, int rows, int xStride, in Product gate, in Product up)
    {
        gated = true;
        long multiplyAdds = Take(x, rows, xStride, gate, up, default);
        if (products[0].Block != products[1].Block) // two storage schemes: a tile begins where blocks of both do
        {
            int common = products[0].Block * products[1].Block;
            Divide(ref products[0], common);
            Divide(ref products[1], common);
        }
        Run(products[0].Blocks, multiplyAdds);
    }

    public void RunTile(int tile, int worker)
    {
        int from = tile * blocksPerTile, to = from + blocksPerTile;
        for (int i = 0, start = 0; i < count; i++)
        {
            int first = Math.Max(from - start, 0), end = Math.Min(to - start, products[i].Blocks);
            if (first < end)
                Multiply(products[i], first * products[i].Block, Math.Min(end * products[i].Block, products[i].Matrix.Outputs));
            start += gated ? 0 : products[i].Blocks;
        }
        if (gated)
            Gate(from * products[0].Block, Math.Min(to * products[0].Block, products[0].Matrix.Outputs));
    }

    public void Dispose()
    {
        foreach (PreparedActivations activations in prepared)
            activations.Dispose();
    }

    static void Divide(ref Product product, int block) =>
        (product.Block, product.Blocks) = (block, (product.Matrix.Outputs + block - 1) / block);

    /// <summary>Takes what is to be multiplied and prepares the activations.</summary>
    /// <returns>The multiply-adds of all.</returns>
    long Take(float* x, int rows, int xStride, in Product first, in Product second, in Product third)
    {
        (this.rows, this.xStride) = (rows, xStride);
        products[0] = first;
        products[1] = second;
        products[2] = third;
        long multiplyAdds = 0;
        for (count = 0; count < MaxProducts && products[count].Matrix is not null; count++)
        {
            products[count].X = Prepare(x, count);
            Divide(ref products[count], products[count].Matrix.OutputBlock);
            multiplyAdds += (long)rows * products[count].Matrix.Outputs * products[count].Matrix.Inputs;
        }
        return multiplyAdds;
    }

    void Run(int blocks, long multiplyAdds)
    {
        blocksPerTile = multiplyAdds < LeastShared ? blocks : Math.Max(1, blocks / (pool.Threads * TilesPerThread));
        pool.Run(this, (blocks + blocksPerTile - 1) / blocksPerTile);
    }

    void Gate(int from, int to)
    {
        for (int row = 0; row < rows; row++)
            VectorMath.Gate(products[0].Y + row * products[0].YStride + from, products[1].Y + row * products[1].YStride + from, to - from);
    }

    void Multiply(in Product product, int from, int to)
    {
        product.Matrix.Multiply(product.X, rows, xStride, from, to, product.Y, product.YStride);
        if (product.Bias != null)
            for (int row = 0; row < rows; row++)
                for (int output = from; output < to; output++)
                    product.Y[row * product.YStride + output] += product.Bias[output];
    }

    void* Prepare(float* x, int index)
    {
        Matrix matrix = products[index].Matrix;
        for (int i = 0; i < index; i++)
            if (products[i].Matrix.Layout == matrix.Layout)
                return products[i].X;
        return prepared[index].Take(matrix, x, rows, xStride);
    }
}
