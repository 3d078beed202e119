namespace Speculative.Tests;

/// <summary>
/// A model whose logits are a function of the last <paramref name="order"/> tokens: pseudo-random, exact, the same on every machine. It
/// keeps to the contract strictly and throws where a caller does not.
/// </summary>
sealed class TableModel(int vocabularySize, int order = 3, int seed = 1, int maxContextLength = 512, int maxTreeNodes = 128) : ICausalModel
{
    public int VocabularySize => vocabularySize;

    public int MaxContextLength => maxContextLength;

    public int MaxTreeNodes => maxTreeNodes;

    public int MaxTreeDepth { get; init; } = maxTreeNodes - 1;

    /// <summary>Every row holds NaN once the context has this length.</summary>
    public int BreaksAtLength { get; init; } = int.MaxValue;

    public int OpenSequences { get; private set; }

    /// <summary>How many of the next commits fail, as those of a device do that is lost.</summary>
    public int CommitsToFail { get; set; }

    public ICausalSequence CreateSequence(int maxContextLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxContextLength, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxContextLength, MaxContextLength);
        OpenSequences++;
        return new Sequence(this, maxContextLength);
    }

    public void Dispose() { }

    /// <summary>The logits after a context: between -4 and 4, a multiple of 1/128, so that ties occur.</summary>
    public void Logits(ReadOnlySpan<int> context, Span<float> logits)
    {
        ulong state = (ulong)seed * 0x9E3779B97F4A7C15;
        foreach (int tokenId in context[Math.Max(0, context.Length - order)..])
            state = (state ^ (uint)tokenId + 1) * 0xD6E8FEB86659FD93 ^ state >> 29;
        for (int i = 0; i < logits.Length; i++)
            logits[i] = context.Length >= BreaksAtLength ? float.NaN : ((int)new RandomSource(state).Block((ulong)i).Item1 >> 22) / 128f;
    }

    /// <summary>What plain greedy decoding emits after a prompt.</summary>
    public int[] Greedy(ReadOnlySpan<int> prompt, int count)
    {
        List<int> context = [.. prompt];
        float[] logits = new float[vocabularySize];
        for (int i = 0; i < count; i++)
        {
            Logits([.. context], logits);
            context.Add(Array.IndexOf(logits, logits.Max()));
        }
        return [.. context.Skip(prompt.Length)];
    }

    sealed class Sequence(TableModel model, int maxContextLength) : ICausalSequence, IModelOutput
    {
        readonly List<int> committed = new(maxContextLength);
        readonly List<(int TokenId, int Parent)> nodes = new(model.MaxTreeNodes);
        readonly int[] context = new int[maxContextLength];
        readonly float[] row = new float[model.VocabularySize];
        int firstPrefilled = -1, outputStart;
        readonly List<(int TokenId, int Parent)> outputNodes = new(maxContextLength);

        public int CommittedLength => committed.Count;

        public int MaxContextLength => maxContextLength;

        public int NodeCount => outputNodes.Count;

        public int VocabularySize => model.VocabularySize;

        public IModelOutput Prefill(ReadOnlySpan<int> tokenIds)
        {
            if (nodes.Count > 0)
                throw new InvalidOperationException("A tree is under evaluation: commit it or roll it back first.");
            CheckRoom(tokenIds.Length);
            foreach (int tokenId in tokenIds)
                CheckToken(tokenId);
            firstPrefilled = outputStart = committed.Count;
            outputNodes.Clear();
            foreach (int tokenId in tokenIds)
            {
                committed.Add(tokenId);
                outputNodes.Add((tokenId, outputNodes.Count - 1));
            }
            return this;
        }

        public IModelOutput Evaluate(DraftTree tree)
        {
            CheckRoom(tree.Count);
            if (tree.Count > model.MaxTreeNodes || tree.Count < nodes.Count)
                throw new ArgumentException($"Expected {nodes.Count} to {model.MaxTreeNodes} nodes, got {tree.Count}.", nameof(tree));
            for (int i = 0; i < tree.Count; i++)
            {
                CheckToken(tree.TokenIds[i]);
                if (i == nodes.Count)
                    nodes.Add((tree.TokenIds[i], tree.Parents[i]));
                else if (nodes[i] != (tree.TokenIds[i], tree.Parents[i]))
                    throw new ArgumentException($"Node {i} changed since the last evaluation.", nameof(tree));
            }
            firstPrefilled = -1;
            outputStart = committed.Count;
            outputNodes.Clear();
            outputNodes.AddRange(nodes);
            return this;
        }

        public void Commit(ReadOnlySpan<int> acceptedPath)
        {
            if (nodes.Count == 0)
                throw new InvalidOperationException("No tree is under evaluation: call Evaluate first.");
            for (int i = 0, parent = -1; i < acceptedPath.Length; parent = acceptedPath[i++])
                if ((uint)acceptedPath[i] >= (uint)nodes.Count || nodes[acceptedPath[i]].Parent != parent)
                    throw new ArgumentException($"Node {acceptedPath[i]} does not continue the path.", nameof(acceptedPath));
            if (acceptedPath.IsEmpty)
                throw new ArgumentException("A path holds the root at least.", nameof(acceptedPath));
            if (model.CommitsToFail-- > 0)
                throw new InvalidOperationException("lost");
            foreach (int node in acceptedPath)
                committed.Add(nodes[node].TokenId);
            nodes.Clear();
        }

        public void Rollback() => nodes.Clear();

        public void Truncate(int length)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(length, committed.Count);
            committed.RemoveRange(length, committed.Count - length);
            Rollback();
        }

        public void Dispose() => model.OpenSequences--;

        public int ArgMax(int node)
        {
            Fill(node);
            int best = 0;
            for (int i = 1; i < row.Length; i++)
                if (row[i] > row[best])
                    best = i;
            return best;
        }

        public void TopK(int node, Span<int> tokenIds)
        {
            Fill(node);
            for (int i = 0; i < tokenIds.Length; i++)
            {
                int best = -1;
                for (int id = 0; id < row.Length; id++)
                    if (!tokenIds[..i].Contains(id) && (best < 0 || row[id] > row[best]))
                        best = id;
                tokenIds[i] = best;
            }
        }

        public void CopyLogits(int node, Span<float> logits) => ContextLogits(node, logits);

        void Fill(int node)
        {
            ContextLogits(node, row);
            if (Array.Exists(row, float.IsNaN))
                throw new NonFiniteLogitsException(node);
        }

        void ContextLogits(int node, Span<float> logits)
        {
            int length = outputStart;
            if (firstPrefilled >= 0)
                length += node + 1;
            else
                for (int at = node; at >= 0; at = outputNodes[at].Parent)
                    length++;
            for (int at = node, to = length; at >= 0; at = outputNodes[at].Parent)
                context[--to] = outputNodes[at].TokenId;
            for (int i = 0; i < outputStart; i++)
                context[i] = committed[i];
            model.Logits(context.AsSpan(0, length), logits);
        }

        void CheckRoom(int count)
        {
            if (committed.Count + count > maxContextLength)
                throw new ContextOverflowException(committed.Count + count, maxContextLength);
        }

        void CheckToken(int tokenId)
        {
            if ((uint)tokenId >= (uint)model.VocabularySize)
                throw new ArgumentOutOfRangeException(nameof(tokenId), tokenId, $"Expected a token id below {model.VocabularySize}.");
        }
    }
}
