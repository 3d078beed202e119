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
/// <para>Its estimate is counted: how often copied tokens were right after matches of each length, in this request.</para>
/// <para>Cost a step: one vectorised scan of the context for its last token. Allocates nothing.</para>
/// </remarks>
/// <param name="options">How it looks up and copies; null for the defaults.</param>
public sealed class PromptLookupDrafter(PromptLookupOptions? options = null) : IDrafter
{
    /// <summary>
    /// The prior of how often a copied token is right, given that those before it are: it shortens chains where target rows are dear, and
    /// is what the drafter expects until it has counted.
    /// </summary>
    const double Acceptance = 0.6;

    readonly PromptLookupOptions options = options ?? new();
    readonly CountedRate[] acceptance =
        [.. Enumerable.Range(0, (options ?? new()).MaxMatchLength + 1).Select(_ => new CountedRate(Acceptance))]; // by length of the match
    int drafted, matched;

    /// <summary>A factory as the catalog makes it: chains as long as the budget, or as the cost curve makes best.</summary>
    internal static DrafterFactory CreateFactory(DrafterSettings settings)
    {
        PromptLookupOptions published = new();
        int length = NodeBudget.ChooseChain(Acceptance, published.MaxDraftLength, settings);
        PromptLookupOptions options = published with { MaxDraftLength = Math.Min(length, published.MaxDraftLength) };
        return _ => new PromptLookupDrafter(options);
    }

    /// <inheritdoc/>
    public void Start(ReadOnlySpan<int> promptTokenIds)
    {
        foreach (CountedRate rate in acceptance)
            rate.Clear();
        drafted = 0;
    }

    /// <inheritdoc/>
    public void Draft(ReadOnlySpan<int> contextTokenIds, DraftTree tree)
    {
        int length = Math.Min(options.MaxDraftLength, Math.Min(tree.Room, tree.MaxDepth));
        if (length == 0 || FindContinuation(contextTokenIds) is not (> 0 and int from))
            return;
        int parent = 0;
        foreach (int tokenId in contextTokenIds.Slice(from, Math.Min(length, contextTokenIds.Length - from)))
            parent = tree.Add(parent, tokenId);
        (drafted, matched) = (tree.Count - 1, MatchLength(contextTokenIds, from));
        tree.ExpectedAcceptedLength = acceptance[matched].ExpectedOfChain(drafted);
    }

    /// <inheritdoc/>
    public void Observe(in VerifiedStep verified)
    {
        if (drafted > 0) // pieces of a prompt are no drafts
            acceptance[matched].CountChain(drafted, verified.AcceptedPath.Length - 1);
        drafted = 0;
    }

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
