namespace Speculative;

/// <summary>Sizes and filters of one sampling launch, as <see cref="StochasticSampling"/> defines them.</summary>
/// <param name="Vocabulary">The length of a row.</param>
/// <param name="Temperature">Divides the logits.</param>
/// <param name="TopK">The tokens to keep; the vocabulary's size keeps all.</param>
/// <param name="TopP">The mass to keep, in 2^-32; 2^32 keeps all.</param>
/// <param name="MinP">The least share of the largest probability.</param>
/// <param name="Seed">Chooses the sequence of random numbers.</param>
/// <param name="Position">The output position of the token after the root.</param>
readonly record struct SamplingShape(
    int Vocabulary, float Temperature, int TopK, ulong TopP, float MinP, ulong Seed, long Position)
{
    /// <summary>2^32: all mass.</summary>
    public const ulong AllMass = 1UL << 32;

    /// <summary>The shape of a sampling.</summary>
    public static SamplingShape Of(StochasticSampling sampling, int vocabulary, long position) => new(
        vocabulary, sampling.Temperature, sampling.TopK > 0 ? Math.Min(sampling.TopK, vocabulary) : vocabulary,
        (ulong)(sampling.TopP * (double)AllMass), sampling.MinP, sampling.Seed, position);
}
