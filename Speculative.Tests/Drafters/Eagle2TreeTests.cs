using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class Eagle2TreeTests
{
    static readonly float[] Logits = [.. Enumerable.Range(0, 12).Select(id => -0.2f * id)];

    /// <summary>
    /// Level by level the best nodes are expanded; of all nodes so recorded those worth most are drafted, also unexpanded ones.
    /// </summary>
    [Theory]
    [InlineData(40, 3, 5)]
    [InlineData(12, 3, 5)]
    [InlineData(59, 2, 10)]
    public void Draft_TakesTheBestOfAllRecordedNodes(int nodes, int depth, int topK)
    {
        using FixedModel model = new(Logits);
        using IDrafter drafter = Eagle2TreeDrafter.CreateFactory(
            new() { VocabularySize = 12, DraftModel = model }, new() { NodeCount = nodes, Depth = depth, TopK = topK })(new());
        DraftTree tree = new(128);
        tree.Reset(1, 128);
        drafter.Start([1]);
        drafter.Draft([1], tree);
        double[] weights = [.. Logits.Select(logit => Math.Exp(logit))];
        double[] best = [.. weights.Take(topK).Select(weight => weight / weights.Sum())];
        List<double> recorded = [], level = [1];
        for (int i = 0; i < depth; i++)
            recorded.AddRange(level = [.. level.OrderDescending().Take(topK).SelectMany(value => best.Select(share => value * share))]);
        Assert.Equal(nodes, tree.Count - 1);
        Assert.Equal(recorded.OrderDescending().Take(nodes).Sum(), tree.ExpectedAcceptedLength, 4);
    }
}
