namespace Speculative.Tests;

public sealed class RandomSourceTests
{
    /// <summary>Known answers of Philox 4x32-10 as published with Random123 (kat_vectors): counter, key, first two words.</summary>
    [Theory]
    [InlineData(0UL, 0UL, 0UL, 0x6627e8d5U, 0xe169c58dU)]
    [InlineData(0xffffffffffffffffUL, 0xffffffffffffffffUL, 0xffffffffffffffffUL, 0x408f276dU, 0x41c83b0eU)]
    [InlineData(0x85a308d3243f6a88UL, 0x0370734413198a2eUL, 0x299f31d0a4093822UL, 0xd16cfe09U, 0x94fdccebU)]
    public void Block_GivesThePublishedKnownAnswers(ulong index, ulong stream, ulong seed, uint first, uint second) =>
        Assert.Equal((first, second), new RandomSource(seed, stream).Block(index));

    [Fact]
    public void Uniform_IsUniformBelowOne()
    {
        int[] bins = new int[64];
        RandomSource random = new(3);
        const int draws = 64_000;
        for (ulong i = 0; i < draws; i++)
        {
            double uniform = random.Uniform(i);
            Assert.InRange(uniform, 0, 1 - 1e-16);
            bins[(int)(uniform * bins.Length)]++;
        }
        double expected = (double)draws / bins.Length, chiSquared = bins.Sum(count => (count - expected) * (count - expected) / expected);
        Assert.InRange(chiSquared, 30, 103); // 63 degrees of freedom: outside with probability 1e-3
    }

    [Fact]
    public void Uniform_DiffersBetweenSeedsAndStreams() =>
        Assert.Equal(4, new[] { new RandomSource(1), new(2), new(1, 1), new(2, 1) }.Select(random => random.Uniform(5)).Distinct().Count());
}
