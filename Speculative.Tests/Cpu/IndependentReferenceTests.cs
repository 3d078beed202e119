namespace Speculative.Tests;

/// <summary>The CPU engine against Hugging Face's own modelling code, one tiny model a family.</summary>
public sealed class IndependentReferenceTests
{
    public static TheoryData<string> Names => ["llama", "llama3", "mistral", "qwen2", "qwen3"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Prefill_WholeSequence_GivesTheReferenceLogits(string name)
    {
        ReferenceFixture fixture = new(name);
        using CpuModel model = new(ModelFolder.Open(fixture.Folder));
        using ICausalSequence sequence = model.CreateSequence(model.MaxContextLength);

        IModelOutput output = sequence.Prefill(fixture.Tokens);

        Assert.Equal(fixture.Tokens.Length, output.NodeCount);
        for (int i = 0; i < fixture.Tokens.Length; i++)
            AssertRow(fixture, fixture.AfterToken(i), output, i);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Evaluate_TokenByToken_GivesTheReferenceLogits(string name)
    {
        ReferenceFixture fixture = new(name);
        using CpuModel model = new(ModelFolder.Open(fixture.Folder));
        using ICausalSequence sequence = model.CreateSequence(model.MaxContextLength);
        DraftTree tree = new(1);

        for (int i = 0; i < fixture.Tokens.Length; i++)
        {
            tree.Reset(fixture.Tokens[i], 1);
            AssertRow(fixture, fixture.AfterToken(i), sequence.Evaluate(tree), 0);
            sequence.Commit([0]);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Evaluate_Tree_GivesEachNodeTheReferenceLogitsOfItsPath(string name)
    {
        ReferenceFixture fixture = new(name);
        using CpuModel model = new(ModelFolder.Open(fixture.Folder));
        using ICausalSequence sequence = model.CreateSequence(model.MaxContextLength);
        sequence.Prefill(fixture.Tokens.AsSpan(0, fixture.PrefixLength));
        DraftTree tree = GrowTree(fixture);

        IModelOutput output = sequence.Evaluate(tree);

        for (int node = 0; node < tree.Count; node++)
            AssertRow(fixture, fixture.AfterNode(node), output, node);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Fixture_TokensInAnotherOrder_LeavesTheTolerance(string name)
    {
        ReferenceFixture fixture = new(name);
        using CpuModel model = new(ModelFolder.Open(fixture.Folder));
        using ICausalSequence sequence = model.CreateSequence(model.MaxContextLength);
        int[] tokens = [.. fixture.Tokens];
        (tokens[1], tokens[2]) = (tokens[2], tokens[1]);
        float[] row = new float[fixture.VocabularySize];

        sequence.Prefill(tokens).CopyLogits(tokens.Length - 1, row);

        Assert.True(LargestDifference(fixture.AfterToken(tokens.Length - 1), row) > 10 * fixture.Tolerance,
            "Positions hardly matter in this fixture: it would pass with rotary positions that are wrong.");
    }

    static DraftTree GrowTree(ReferenceFixture fixture)
    {
        DraftTree tree = new(fixture.TreeTokens.Length);
        tree.Reset(fixture.TreeTokens[0], fixture.TreeTokens.Length);
        for (int i = 1; i < fixture.TreeTokens.Length; i++)
            Assert.Equal(i, tree.Add(fixture.TreeParents[i], fixture.TreeTokens[i]));
        return tree;
    }

    static void AssertRow(ReferenceFixture fixture, ReadOnlySpan<float> expected, IModelOutput output, int node)
    {
        float[] row = new float[fixture.VocabularySize];
        output.CopyLogits(node, row);
        float difference = LargestDifference(expected, row);
        Assert.True(difference <= fixture.Tolerance, $"Node {node} is off by {difference:e2}; {fixture.Tolerance:e2} is allowed.");
        float[] sorted = expected.ToArray();
        Array.Sort(sorted);
        if (sorted[^1] - sorted[^2] > 2 * fixture.Tolerance)
            Assert.Equal(expected.IndexOf(sorted[^1]), output.ArgMax(node));
    }

    static float LargestDifference(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        float largest = 0;
        for (int i = 0; i < expected.Length; i++)
            largest = MathF.Max(largest, MathF.Abs(expected[i] - actual[i]));
        return largest;
    }
}
