using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// The hidden states after the final norm of a sequence's last pass, on the device. The head product and the ranking of rows run when a
/// row is first asked for, for all rows that lack them, and come back in one piece: as many tokens a row as the last pass was asked for, or
/// more where this one is; so does sampling (<see cref="RowDraws"/>). Nodes are what callers name; here a row is what the device computed.
/// </summary>
sealed class GpuOutput(GpuForwardPass forward, DeviceTree drafted) : ISamplingOutput, IDisposable
{
    /// <summary>Above this, ranking on the host is better than reading the row once for every eight places.</summary>
    const int MostPlaces = 64;

    const int Window = Workspace.MaxRows;

    readonly ElementType type = forward.Head.InputType;
    readonly RowDraws draws = new(forward, drafted);
    DeviceBuffer? hidden, logits, ranked;
    PageLockedArray1D<int>? table;
    PageLockedArray1D<float>? row;
    TokenRanking? ranking;
    int[] rankedRows = [];
    int places = 1, asked = 1, window, computed;

    public int NodeCount { get; private set; }

    public int VocabularySize => forward.Config.VocabularySize;

    /// <summary>The tokens that are ranked of each row.</summary>
    internal int Places => places;

    int HiddenSize => forward.Config.HiddenSize;

    /// <summary>Makes room for <paramref name="nodes"/> rows and keeps the first <paramref name="kept"/>. Call it under the gate.</summary>
    public void Resize(int nodes, int kept)
    {
        // A product reads whole tiles: up to a window behind the last row.
        long rowBytes = (long)HiddenSize * DeviceNumbers.SizeOf(type), bytes = (Windows(nodes) + 1) * Window * rowBytes;
        if (hidden is null)
            hidden = new(forward.Context, bytes, "A sequence's output");
        else if (hidden.Length < bytes)
            Grow(hidden, bytes, kept * rowBytes);
        NodeCount = nodes;
        if (kept == 0)
            (places, asked) = (asked, 1);
        if (rankedRows.Length < Windows(nodes))
            Array.Resize(ref rankedRows, Windows(nodes));
        for (int i = 0; i < rankedRows.Length; i++)
            rankedRows[i] = Math.Clamp(kept - i * Window, 0, rankedRows[i]);
        computed = Math.Clamp(kept - window * Window, 0, computed);
        draws.Keep(kept);
    }

    /// <summary>Where the hidden states of a node and those after it go.</summary>
    public DeviceNumbers Hidden(int node)
    {
        DeviceNumbers all = hidden!.Numbers(type);
        long first = (long)node * HiddenSize;
        return all.Part(first, all.Length - first);
    }

    public int ArgMax(int node)
    {
        ThrowIfNotNode(node);
        return Ranked(node, 1)[0];
    }

    public void TopK(int node, Span<int> tokenIds)
    {
        ThrowIfNotNode(node);
        if (tokenIds.Length > VocabularySize)
            throw new ArgumentException($"Expected at most {VocabularySize} tokens, got {tokenIds.Length}.", nameof(tokenIds));
        if (tokenIds.Length > MostPlaces)
            RankOnHost(node, tokenIds);
        else if (!tokenIds.IsEmpty)
            Ranked(node, tokenIds.Length).CopyTo(tokenIds);
    }

    public void CopyLogits(int node, Span<float> logits)
    {
        ThrowIfNotNode(node);
        if (logits.Length != VocabularySize)
            throw new ArgumentException($"Expected {VocabularySize} elements, got {logits.Length}.", nameof(logits));
        ReadRow(node).CopyTo(logits);
    }

    public bool TrySample(int node, StochasticSampling sampling, long position, out int tokenId)
    {
        ThrowIfNotNode(node);
        tokenId = 0;
        if (VocabularySize > SampleRowsKernel.MaxVocabulary)
            return false;
        int at = drafted.Row(node);
        lock (forward.Gate)
        {
            forward.Context.Accelerator.Bind();
            Compute(at / Window);
            tokenId = draws.Token(at, sampling, position - drafted.Depth(node), computed, logits!.Singles);
        }
        return tokenId != ArgMaxKernel.NonFinite ? true : throw new NonFiniteLogitsException(node);
    }

    public void Dispose()
    {
        foreach (IDisposable? item in (IDisposable?[])[hidden, logits, ranked, table, row, draws])
            item?.Dispose();
        NodeCount = 0;
    }

    // Apart from Resize, which would allocate what the closure holds in every step.
    void Grow(DeviceBuffer buffer, long bytes, long kept) => buffer.Grow(forward.Stream, bytes, (from, to) =>
    {
        if (kept > 0)
            from.SubView(0, kept).CopyTo(forward.Stream, to.SubView(0, kept));
    });

    static int Windows(int nodes) => (nodes + Window - 1) / Window;

    void ThrowIfNotNode(int node)
    {
        if ((uint)node >= (uint)NodeCount)
            throw new ArgumentOutOfRangeException(nameof(node), node, $"Expected a node from 0 to {NodeCount - 1}.");
        ObjectDisposedException.ThrowIf(forward.Disposed, this);
    }

    /// <summary>The first tokens of a row's ranking.</summary>
    ReadOnlySpan<int> Ranked(int node, int count)
    {
        int at = drafted.Row(node);
        asked = Math.Max(asked, count);
        if (count > places)
        {
            places = count;
            Array.Clear(rankedRows);
        }
        if (at % Window >= rankedRows[at / Window])
            Rank(at / Window);
        ReadOnlySpan<int> tokens = table!.Span.Slice(at * places, count);
        return tokens[0] != ArgMaxKernel.NonFinite ? tokens : throw new NonFiniteLogitsException(node);
    }

    void Rank(int at)
    {
        lock (forward.Gate)
        {
            forward.Context.Accelerator.Bind();
            ReserveTable((long)Windows(NodeCount) * Window * places);
            int first = rankedRows[at], rows = Math.Min(Window, NodeCount - at * Window) - first;
            Compute(at);
            ArrayView<float> source = logits!.Singles.SubView((long)first * VocabularySize, (long)rows * VocabularySize);
            ArrayView<int> tokens = ranked!.Integers.SubView(0, (long)rows * places);
            if (places == 1)
                forward.Context.Kernels.ArgMax.Launch(forward.Stream, rows, VocabularySize, source, tokens);
            else
                forward.Context.Kernels.TopK.Launch(forward.Stream, rows, VocabularySize, places, source, tokens);
            tokens.CopyTo(forward.Stream, table!.ArrayView.SubView((long)(at * Window + first) * places, (long)rows * places));
            forward.Stream.Synchronize();
            rankedRows[at] = first + rows;
        }
    }

    /// <summary>Makes the table larger where it has to be; what was ranked is then forgotten.</summary>
    void ReserveTable(long length)
    {
        if (ranked is null || ranked.Length < (long)Window * places * sizeof(int))
        {
            ranked?.Dispose();
            ranked = new(forward.Context, (long)Window * places * sizeof(int), "A sequence's ranking");
        }
        if (table is not null && table.Length >= length)
            return;
        table?.Dispose();
        table = null; // should there be no memory, nobody reads the old one
        table = forward.Context.Accelerator.AllocatePageLocked1D<int>(length);
        Array.Clear(rankedRows);
    }

    /// <summary>The logits of a window of rows that lack them.</summary>
    void Compute(int at)
    {
        logits ??= new(forward.Context, (long)Window * VocabularySize * sizeof(float), "A sequence's logits");
        if (at != window)
            (window, computed) = (at, 0);
        int rows = Math.Min(Window, NodeCount - at * Window);
        if (rows > computed)
            forward.Logits(
                Hidden(at * Window + computed), rows - computed, logits.Singles.SubView((long)computed * VocabularySize));
        computed = rows;
    }

    ReadOnlySpan<float> ReadRow(int node)
    {
        int at = drafted.Row(node);
        lock (forward.Gate)
        {
            forward.Context.Accelerator.Bind();
            row ??= forward.Context.Accelerator.AllocatePageLocked1D<float>(VocabularySize);
            Compute(at / Window);
            logits!.Singles.SubView((long)(at % Window) * VocabularySize, VocabularySize).CopyTo(forward.Stream, row.ArrayView);
            forward.Stream.Synchronize();
            return row.Span;
        }
    }

    unsafe void RankOnHost(int node, Span<int> tokenIds)
    {
        ranking ??= new();
        fixed (float* first = ReadRow(node))
            ranking.TopK(first, VocabularySize, node, tokenIds);
    }
}
