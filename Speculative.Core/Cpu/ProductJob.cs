namespace Speculative;

/// <summary>Up to three products of the same activations in one dispatch, such as query, key and value, or gate and up.</summary>
sealed unsafe class ProductJob(WorkerPool pool) : ITiledJob, IDisposable
{
    const int MaxProducts = 3, TilesPerThread = 8;

    /// <summary>A dispatch costs about as much as one thread needs for so many multiply-adds.</summary>
    const long LeastShared = 1 << 16;

    readonly Product[] products = new Product[MaxProducts];
    readonly PreparedActivations[] prepared = [new(pool), new(pool), new(pool)];
    int count, rows, xStride, blocksPerTile;

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
        (this.rows, this.xStride) = (rows, xStride);
        products[0] = first;
        products[1] = second;
        products[2] = third;
        int blocks = 0;
        long multiplyAdds = 0;
        for (count = 0; count < MaxProducts && products[count].Matrix is not null; count++)
        {
            products[count].X = Prepare(x, count);
            products[count].Blocks = Blocks(products[count].Matrix);
            blocks += products[count].Blocks;
            multiplyAdds += (long)rows * products[count].Matrix.Outputs * products[count].Matrix.Inputs;
        }
        blocksPerTile = multiplyAdds < LeastShared ? blocks : Math.Max(1, blocks / (pool.Threads * TilesPerThread));
        pool.Run(this, (blocks + blocksPerTile - 1) / blocksPerTile);
    }

    public void RunTile(int tile, int worker)
    {
        int from = tile * blocksPerTile, to = from + blocksPerTile;
        for (int i = 0, start = 0; i < count; start += products[i++].Blocks)
        {
            int first = Math.Max(from - start, 0), end = Math.Min(to - start, products[i].Blocks);
            if (first < end)
                Multiply(products[i], first * products[i].Matrix.OutputBlock, Math.Min(end * products[i].Matrix.OutputBlock, products[i].Matrix.Outputs));
        }
    }

    public void Dispose()
    {
        foreach (PreparedActivations activations in prepared)
            activations.Dispose();
    }

    static int Blocks(Matrix matrix) => (matrix.Outputs + matrix.OutputBlock - 1) / matrix.OutputBlock;

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
