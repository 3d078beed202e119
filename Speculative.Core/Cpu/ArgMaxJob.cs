namespace Speculative;

/// <summary>
/// The most likely token of each row: the head product, of which nothing but the best logit of a row is kept. Logits exist a piece at a
/// time, in the near cache of the thread that computes and looks at them.
/// </summary>
sealed unsafe class ArgMaxJob(WorkerPool pool) : ITiledJob, IDisposable
{
    const int PieceOutputs = 128, TilesPerThread = 8;

    readonly PreparedActivations prepared = new(pool);
    readonly NativeBuffer[] pieces = [.. Enumerable.Range(0, pool.Threads).Select(_ => new NativeBuffer())];
    readonly BestLogit[] best = new BestLogit[pool.Threads * PassRows.MaxRows];
    Matrix head = null!;
    void* x;
    int rows, stride, piece, piecesPerTile;

    /// <summary>Finds the most likely tokens.</summary>
    /// <param name="hidden">[rows][stride], in natural order.</param>
    /// <param name="rows">How many rows; 1 to <see cref="PassRows.MaxRows"/>.</param>
    /// <param name="stride">Floats from row to row.</param>
    /// <param name="head">The matrix whose outputs are the logits.</param>
    /// <param name="tokenIds">[rows]; null where a logit is NaN or positive infinity.</param>
    public void Run(float* hidden, int rows, int stride, Matrix head, Span<int?> tokenIds)
    {
        (this.rows, this.stride, this.head) = (rows, stride, head);
        x = prepared.Take(head, hidden, rows, stride);
        best.AsSpan().Fill(new());
        piece = PieceOutputs / head.OutputBlock * head.OutputBlock;
        int count = (head.Outputs + piece - 1) / piece;
        piecesPerTile = Math.Max(1, count / (pool.Threads * TilesPerThread));
        pool.Run(this, (count + piecesPerTile - 1) / piecesPerTile);
        for (int row = 0; row < rows; row++)
        {
            for (int worker = 1; worker < pool.Threads; worker++)
                best[row].Take(best[worker * PassRows.MaxRows + row]);
            tokenIds[row] = best[row].TokenId;
        }
    }

    public void RunTile(int tile, int worker)
    {
        float* logits = pieces[worker].Floats((long)PassRows.MaxRows * PieceOutputs);
        int end = (int)Math.Min((tile + 1L) * piecesPerTile * piece, head.Outputs);
        for (int from = tile * piecesPerTile * piece; from < end; from += piece)
        {
            int to = Math.Min(from + piece, end);
            head.Multiply(x, rows, stride, from, to, logits - from, PieceOutputs);
            for (int row = 0; row < rows; row++)
                best[worker * PassRows.MaxRows + row].Take(logits + row * PieceOutputs, to - from, from);
        }
    }

    public void Dispose()
    {
        prepared.Dispose();
        foreach (NativeBuffer buffer in pieces)
            buffer.Dispose();
    }
}
