namespace Speculative.Drafters;

/// <summary>A draft's tokens mean something to the target only where both number the same tokens in the same way.</summary>
static class Vocabularies
{
    /// <summary>
    /// Throws where two vocabularies differ. One may be longer where it is known what its further tokens stand for, namely nothing: models
    /// pad their vocabularies to round sizes, those of one family to different ones.
    /// </summary>
    /// <param name="target">The target's tokens.</param>
    /// <param name="draft">The draft model's tokens.</param>
    /// <param name="targetTokens">What the target's tokens stand for, where known.</param>
    /// <param name="draftTokens">What the draft model's tokens stand for, where known.</param>
    /// <exception cref="ArgumentException">They differ; names both sizes and the first differing token.</exception>
    public static void ThrowIfDifferent(int target, int draft, ITokenDecoder? targetTokens = null, ITokenDecoder? draftTokens = null)
    {
        int same = Math.Min(target, draft);
        if (targetTokens is not null && draftTokens is not null)
            for (int id = 0; id < same; id++)
                if (!targetTokens.Decode(id).SequenceEqual(draftTokens.Decode(id)))
                    throw Fault(target, draft, $"{id}: {Text(targetTokens, id)} in the target, {Text(draftTokens, id)} in the draft model");
        ITokenDecoder? longer = target > draft ? targetTokens : draftTokens;
        bool known = targetTokens is not null && draftTokens is not null;
        for (int id = same; id < Math.Max(target, draft); id++)
            if (!known || !longer!.Decode(id).IsEmpty)
                throw Fault(target, draft, $"{id}, which only the {(target > draft ? "target" : "draft model")} has");
    }

    static ArgumentException Fault(int target, int draft, string first) =>
        new($"The draft model's vocabulary has {draft} tokens, the target's {target}: "
            + $"expected the same tokens; the first that differs is {first}.");

    static string Text(ITokenDecoder tokens, int id) => $"'{System.Text.Encoding.UTF8.GetString(tokens.Decode(id))}'";
}
