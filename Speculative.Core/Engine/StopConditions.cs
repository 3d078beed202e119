namespace Speculative;

/// <summary>
/// Stop tokens, stop strings and the token budget. A step's tokens are cut where one of them applies, before anything is committed.
/// </summary>
sealed class StopConditions(GenerationOptions options, ITokenDecoder? decoder)
{
    readonly int[] stopTokenIds = [.. options.StopTokenIds];
    readonly StopStringMatcher? stopStrings = options.StopStrings.Count == 0 ? null : new(options.StopStrings);

    int marked;

    /// <summary>The condition that applied, or none.</summary>
    public FinishReason Reason { get; private set; }

    /// <summary>Tokens emitted so far: the output position of the next one.</summary>
    public int EmittedCount { get; private set; }

    /// <summary>Shortens an acceptance so that the first token that meets a condition is the last one emitted; counts the tokens.</summary>
    public Acceptance Cut(Acceptance acceptance, DraftTree tree, ReadOnlySpan<int> path)
    {
        for (int i = 1; i < acceptance.PathLength; i++)
            if (Meets(tree.TokenIds[path[i]]))
                return new(i, tree.TokenIds[path[i]], TokenOrigin.Draft);
        Meets(acceptance.NextTokenId);
        return acceptance;
    }

    /// <summary>Notes where a step begins, while no condition applies.</summary>
    public void Mark()
    {
        marked = EmittedCount;
        stopStrings?.Mark();
    }

    /// <summary>Back to the mark: the step failed, nothing of it was emitted.</summary>
    public void Return()
    {
        (EmittedCount, Reason) = (marked, FinishReason.None);
        stopStrings?.Return();
    }

    bool Meets(int tokenId)
    {
        EmittedCount++;
        if (Array.IndexOf(stopTokenIds, tokenId) >= 0)
            Reason = FinishReason.StopToken;
        else if (stopStrings is not null && stopStrings.Append(decoder!.Decode(tokenId)))
            Reason = FinishReason.StopString;
        else if (EmittedCount == options.MaxNewTokens)
            Reason = FinishReason.TokenBudget;
        return Reason != FinishReason.None;
    }
}
