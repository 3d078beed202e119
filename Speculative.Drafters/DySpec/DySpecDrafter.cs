namespace Speculative.Drafters;

/// <summary>
/// DySpec: the next node is always drawn where the tree is most likely to be reached. A slot is the k-th child of a node; its value
/// estimates the probability that its parent is accepted and the k - 1 children before it are rejected, by the draft's probabilities.
/// </summary>
/// <remarks>
/// <para>Xiong et al., "DySpec: Faster Speculative Decoding with Dynamic Token Tree Structure", arXiv 2410.11744, algorithm 1 (greedy
/// construction). A child that is accepted with probability a once it is reached leaves value·(1 - a) to the slot beside it and gives
/// value·a to the slot below it. Children are drawn without replacement; the budget is asked before a draw, and what is drawn stays.</para>
/// <para>Differences: a is the share that the draft model gives the child only until children of such a share were counted, see
/// <see cref="DrafterSettings.ShareAcceptance"/>. A node is evaluated when it gets its first child, not when it is drawn, which saves the
/// passes for the leaves; equal values are taken oldest slot first. For a greedy target children are the most likely tokens.</para>
/// <para>Cost a step: a draft pass over one row for each node that has children; beside it, one pass over the vocabulary a node with
/// children, and about its square root a drawn node. Keeps nothing across requests. Allocates nothing a step.</para>
/// </remarks>
public sealed class DySpecDrafter : IDrafter, ITimesRows
{
    readonly DrawnGrowth growth;
    readonly DySpecOptions options;
    readonly PriorityQueue<int, ulong> slots;
    uint age;

    internal DySpecDrafter(DraftModel model, DySpecOptions options, GenerationOptions generation)
    {
        this.options = options;
        growth = new(model, generation);
        slots = new(options.NodeCount + 2);
    }

    /// <summary>A factory of drafters for one target.</summary>
    /// <param name="settings">With a draft model.</param>
    /// <param name="options">The tree; null for the published one, with the settings' budget.</param>
    /// <exception cref="ArgumentException">There is no draft model, or its vocabulary is not the target's.</exception>
    public static DrafterFactory CreateFactory(DrafterSettings settings, DySpecOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        DySpecOptions chosen = options ?? new() { NodeCount = NodeBudget.ChooseSize(new DySpecOptions().NodeCount, settings) };
        DraftModel model = DraftModel.Of(settings);
        return NodeBudget.Draft(chosen.NodeCount, generation => new DySpecDrafter(model, chosen, generation));
    }

    TimeSpan ITimesRows.RowTime => growth.RowTime;

    /// <inheritdoc/>
    public void Start(ReadOnlySpan<int> promptTokenIds) => growth.Start(promptTokenIds);

    /// <inheritdoc/>
    public void Draft(ReadOnlySpan<int> contextTokenIds, DraftTree tree)
    {
        if (!growth.Begin(contextTokenIds, tree))
            return;
        slots.Clear();
        age = 0;
        Push(0);
        while (tree.Count <= options.NodeCount && slots.TryDequeue(out int node, out _))
            if (growth.Place(tree, node) && growth.Draw(tree, node) is >= 0 and int child)
            {
                Push(node);
                Push(child);
            }
    }

    /// <inheritdoc/>
    public void Observe(in VerifiedStep verified) => growth.Observe(verified);

    /// <inheritdoc/>
    public void Dispose() => growth.Dispose();

    /// <summary>Adds a node's next slot; keys ascend as values, in single precision, descend, and with age among equals.</summary>
    void Push(int node)
    {
        if (growth.Slot(node) > 0)
            slots.Enqueue(node, (ulong)~BitConverter.SingleToUInt32Bits((float)growth.Slot(node)) << 32 | age++);
    }
}
