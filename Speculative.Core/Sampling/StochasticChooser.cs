namespace Speculative;

/// <summary>Draws the token at an output position by inverting the cumulative distribution at that position's random number.</summary>
/// <remarks>Where the output can draw itself (<see cref="ISamplingOutput"/>), it does, and no row is copied.</remarks>
/// <param name="sampling">Temperature, filters, seed.</param>
/// <param name="vocabularySize">The length of a row of logits.</param>
public sealed class StochasticChooser(StochasticSampling sampling, int vocabularySize) : ITokenChooser
{
    readonly TokenDistribution distribution = new(sampling, vocabularySize);
    readonly float[] probabilities = new float[vocabularySize];
    readonly RandomSource random = new(sampling.Seed);

    /// <inheritdoc/>
    public int Choose(IModelOutput output, int node, long position)
    {
        if (output is ISamplingOutput rows && rows.TrySample(node, sampling, position, out int tokenId))
            return tokenId;
        distribution.Compute(output, node, probabilities);
        return Draw(probabilities, random.Uniform((ulong)position));
    }

    /// <summary>
    /// The token whose share of the cumulative distribution holds <paramref name="uniform"/>; never one of probability 0.
    /// </summary>
    internal static int Draw(ReadOnlySpan<float> probabilities, double uniform)
    {
        double total = 0, cumulative = 0;
        foreach (float probability in probabilities)
            total += probability;
        double draw = uniform * total;
        int last = -1;
        for (int id = 0; id < probabilities.Length; id++)
        {
            if (probabilities[id] <= 0)
                continue;
            cumulative += probabilities[id];
            last = id;
            if (draw < cumulative)
                break;
        }
        return last;
    }
}
