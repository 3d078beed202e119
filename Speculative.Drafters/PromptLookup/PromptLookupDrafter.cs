namespace Speculative.Drafters;

/// <summary>
/// Prompt lookup decoding: finds the context's last tokens (3, else 2, else 1) earlier in prompt and output, takes the first place where
/// they stand, and proposes what followed there as a chain.
/// </summary>
/// <remarks>
/// <para>Saxena, "Prompt Lookup Decoding", 2023, github.com/apoorvumang/prompt-lookup-decoding: n-grams up to 3, 10 tokens copied. Needs
/// nothing and keeps nothing: its only memory is the context. Proposals are point masses.</para>
/// <para>Differences from the original: a place near the end of the context, with fewer than 10 tokens after it, still gives a shorter
/// chain, and the place may overlap the suffix itself; the original proposes nothing there.</para>
/// <para>Cost a step: one vectorised scan of the context for its last token. Allocates nothing.</para>
/// </remarks>
/// <param name="options">How it looks up and copies; null for the defaults.</param>
public sealed class PromptLookupDrafter(PromptLookupOptions? options = null) : IDrafter
{
    /// <summary>
    /// The prior that shortens chains where target rows are dear: how often a copied token is right, given that those before it are.
    /// </summary>
    const double Acceptance = 0.6;

    readonly PromptLookupOptions options = options ?? new();

    /// <summary>A factory as the catalog makes it: chains as long as the budget, or as the cost curve makes best.</summary>
    internal static DrafterFactory CreateFactory(DrafterSettings settings)
    {
        PromptLookupOptions published = new();
        double[] values = [.. Enumerable.Range(1, published.MaxDraftLength).Select(depth => Math.Pow(Acceptance, depth))];
        PromptLookupOptions options = published with { MaxDraftLength = NodeBudget.Choose(values, settings) };
        return _ => new PromptLookupDrafter(options);
    }

    /// <inheritdoc/>
    public void Start(ReadOnlySpan<int> promptTokenIds) { }

    /// <inheritdoc/>
    public void Draft(ReadOnlySpan<int> contextTokenIds, DraftTree tree)
    {
        int length = Math.Min(options.MaxDraftLength, tree.Room);
        if (length == 0 || FindContinuation(contextTokenIds) is not (> 0 and int from))
            return;
        int parent = 0;
        foreach (int tokenId in contextTokenIds.Slice(from, Math.Min(length, contextTokenIds.Length - from)))
            parent = tree.Add(parent, tokenId);
    }

    /// <inheritdoc/>
    public void Observe(in VerifiedStep verified) { }

    /// <inheritdoc/>
    public void Dispose() { }

    /// <summary>Where the text after the first of the longest matches begins; 0 where the last token stands nowhere else.</summary>
    int FindContinuation(ReadOnlySpan<int> context)
    {
        int last = context[^1], best = 0, bestLength = 0;
        for (int from = 0; bestLength < options.MaxMatchLength;)
        {
            int offset = context[from..^1].IndexOf(last);
            if (offset < 0)
                break;
            from += offset + 1;
            int length = MatchLength(context, from);
            if (length > bestLength)
                (best, bestLength) = (from, length);
        }
        return best;
    }

    /// <summary>How many tokens before <paramref name="end"/> equal the context's last ones, counted up to the longest match.</summary>
    int MatchLength(ReadOnlySpan<int> context, int end)
    {
        int length = 1, limit = Math.Min(options.MaxMatchLength, end);
        while (length < limit && context[end - 1 - length] == context[^(1 + length)])
            length++;
        return length;
    }
}
