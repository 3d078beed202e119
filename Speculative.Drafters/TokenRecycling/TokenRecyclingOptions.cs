namespace Speculative.Drafters;

/// <summary>How a <see cref="TokenRecyclingDrafter"/> drafts and remembers.</summary>
public sealed record TokenRecyclingOptions
{
    /// <summary>The shape of the drafts, at most 8 children a node. <see cref="TreeTemplate.Cut"/> makes it smaller.</summary>
    /// <exception cref="ArgumentException">A node has more children.</exception>
    public TreeTemplate Template
    {
        get;
        init => field = value.Width <= TreeTemplate.MaxChildren
            ? value
            : throw new ArgumentException(
                $"Expected at most {TreeTemplate.MaxChildren} children a node, got {value.Width}.", nameof(Template));
    } = TreeTemplate.Published;

    /// <summary>
    /// Whether requests share one matrix. They do by default, as published ("hot start"): 2.67 against 2.55 tokens a step on Spec-Bench
    /// with a matrix that is reset and seeded by the prompt alone. Reset it where a request's speed must tell nothing about earlier
    /// requests.
    /// </summary>
    public DrafterMemory Memory { get; init; } = DrafterMemory.KeptAcrossRequests;

    /// <summary>
    /// The matrix that requests share where they do, such as one that an earlier process has saved. Null for one that knows nothing.
    /// </summary>
    public AdjacencyMatrix? Matrix { get; init; }

    /// <summary>
    /// Whether the target's rows of the prompt are learnt, as they are by default. They take the prompt through the head product, and on
    /// the CPU engine through the last layer, which it is spared otherwise: little of a deep model, for 1 to 7 % more tokens a step; a
    /// fifth of the time that the embedded model's eight layers take for a prompt. Without them only the prompt's text is learnt.
    /// </summary>
    public bool PromptRows { get; init; } = true;
}
