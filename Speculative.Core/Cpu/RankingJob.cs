namespace Speculative;

/// <summary>
/// The most likely tokens of each row: the head product, of which nothing but the best logits of a row are kept. Logits exist a piece at a
/// time, in the near cache of the thread that computes and looks at them.
/// </summary>
sealed unsafe class RankingJob(WorkerPool pool) : ITiledJob, IDisposable
{
    /// <summary>The most tokens of a row.</summary>
    public const int MaxTokens = 64;

    const int PieceOutputs = 128, TilesPerThread = 8;

    readonly PreparedActivations prepared = new(pool);
    readonly NativeBuffer[] pieces = [.. Enumerable.Range(0, pool.Threads).Select(_ => new NativeBuffer())];
    RankedToken[] best = []; // [threads][rows][tokens]
    Matrix head = null!;
    void* x;
    int rows, stride, tokens, piece, piecesPerTile;

    /// <summary>Finds the most likely tokens.</summary>
    /// <param name="hidden">[rows][stride], in natural order.</param>
    /// <param name="rows">How many rows; 1 to <see cref="PassRows.MaxRows"/>.</param>
    /// <param name="stride">Floats from row to row.</param>
    /// <param name="head">The matrix whose outputs are the logits.</param>
    /// <param name="tokens">How many tokens of each row; 1 to <see cref="MaxTokens"/>.</param>
    /// <param name="tokenIds">
    /// [rows][tokens], the most likely first, lower ids first among equals; the first is negative where a logit is NaN or positive
    /// infinity.
    /// </param>
    public void Run(float* hidden, int rows, int stride, Matrix head, int tokens, Span<int> tokenIds)
    {
        (this.rows, this.stride, this.head, this.tokens) = (rows, stride, head, tokens);
        x = prepared.Take(head, hidden, rows, stride);
        if (best.Length < pool.Threads * rows * tokens)
            best = new RankedToken[pool.Threads * PassRows.MaxRows * tokens];
        best.AsSpan(0, pool.Threads * rows * tokens).Fill(RankedToken.None);
        piece = PieceOutputs / head.OutputBlock * head.OutputBlock;
        int count = (head.Outputs + piece - 1) / piece;
        piecesPerTile = Math.Max(1, count / (pool.Threads * TilesPerThread));
        pool.Run(this, (count + piecesPerTile - 1) / piecesPerTile);
        for (int row = 0; row < rows; row++)
            for (int worker = 1; worker < pool.Threads; worker++)
                Best(0, row).Take(Best(worker, row));
        for (int i = 0; i < rows * tokens; i++)
            tokenIds[i] = best[i].TokenId;
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
                Best(worker, row).Take(logits + row * PieceOutputs, to - from, from);
        }
    }

    public void Dispose()
    {
        prepared.Dispose();
        foreach (NativeBuffer buffer in pieces)
            buffer.Dispose();
    }

    BestTokens Best(int worker, int row) => new(best.AsSpan((worker * rows + row) * tokens, tokens));
}
