namespace Speculative.Drafters;

/// <summary>
/// DySpec: the next node is always drawn where the tree is most likely to be reached. A slot is the k-th child of a node; its value estimates
/// the probability that its parent is accepted and the k - 1 children before it are rejected, taking the draft's probabilities for those of
/// acceptance.
/// </summary>
/// <remarks>
/// <para>Xiong et al., "DySpec: Faster Speculative Decoding with Dynamic Token Tree Structure", arXiv 2410.11744, algorithm 1 (greedy
/// construction). A child that takes the share a of what is left at its parent leaves value·(1 - a) to the slot beside it and gives value·a to
/// the slot below it. Children are drawn without replacement; the budget is asked before a draw, and what is drawn stays.</para>
/// <para>Differences: a node is evaluated when it gets its first child, not when it is drawn, which saves the passes for the leaves; equal
/// values are taken oldest slot first. For a greedy target see the class's growth: children are the most likely tokens.</para>
/// <para>Cost a step: a draft pass over one row for each node that has children; beside it, one pass over the vocabulary a node with children,
/// and about its square root a drawn node. Keeps nothing across requests. Allocates nothing a step.</para>
/// </remarks>
public sealed class DySpecDrafter : IDrafter
{
    readonly DrawnGrowth growth;
    readonly DySpecOptions options;
    readonly PriorityQueue<int, (double MinusValue, int Age)> slots;
    int age;

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
        return generation => new DySpecDrafter(model, chosen, generation);
    }

    /// <inheritdoc/>
    public void Start(ReadOnlySpan<int> promptTokenIds) => growth.Start();

    /// <inheritdoc/>
    public void Draft(ReadOnlySpan<int> contextTokenIds, DraftTree tree)
    {
        if (options.NodeCount == 0 || !growth.Begin(contextTokenIds, tree))
            return;
        slots.Clear();
        age = 0;
        Push(0, 1);
        while (tree.Count <= options.NodeCount && slots.TryDequeue(out int node, out var key))
            if (growth.Place(tree, node) && growth.Draw(tree, node, out double share) is >= 0 and int child)
            {
                double value = -key.MinusValue;
                Push(node, value * (1 - share));
                Push(child, value * share);
            }
        tree.ExpectedAcceptedLength = growth.Expected(tree);
    }

    /// <inheritdoc/>
    public void Observe(in VerifiedStep verified) => growth.Observe(verified);

    /// <inheritdoc/>
    public void Dispose() => growth.Dispose();

    void Push(int node, double value)
    {
        if (value > 0)
            slots.Enqueue(node, (-value, age++));
    }
}
