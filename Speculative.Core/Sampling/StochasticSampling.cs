namespace Speculative;

/// <summary>Draws from the target's distribution after temperature and filters, in this order: temperature, top-k, top-p, min-p.</summary>
/// <remarks>The defaults leave the distribution as it is. Equal probabilities are kept lowest id first.</remarks>
public sealed record StochasticSampling : Sampling
{
    /// <summary>Divides the logits; above 0. Below 1 sharpens, above 1 flattens.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a positive number.</exception>
    public float Temperature
    {
        get;
        init => field = value > 0 && float.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(Temperature), value, "Expected a positive number; for the most likely token use Sampling.Greedy.");
    } = 1;

    /// <summary>Keeps this many most likely tokens; 0 keeps all.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int TopK
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(TopK), value, "Expected 0 (all tokens) or more.");
    }

    /// <summary>Keeps the most likely tokens until their probabilities reach this sum; above 0, at most 1 (all).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public float TopP
    {
        get;
        init => field = value is > 0 and <= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(TopP), value, "Expected a number above 0, at most 1.");
    } = 1;

    /// <summary>Keeps tokens at least this share as likely as the most likely one; 0 (all) to 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public float MinP
    {
        get;
        init => field = value is >= 0 and <= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(MinP), value, "Expected a number from 0 to 1.");
    }

    /// <summary>
    /// The same seed gives the same tokens to the same prompt, whichever drafter of point masses proposes. Random numbers count from the
    /// first token of each session, so give every session a seed of its own where answers shall differ. Default: 0.
    /// </summary>
    public ulong Seed { get; init; }

    /// <inheritdoc/>
    public override ITokenChooser CreateChooser(int vocabularySize) => new StochasticChooser(this, vocabularySize);
}
