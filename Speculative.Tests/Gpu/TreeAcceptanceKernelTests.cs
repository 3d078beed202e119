namespace Speculative.Tests;

public sealed class TreeAcceptanceKernelTests(CpuAcceleratorFixture fixture) : IClassFixture<CpuAcceleratorFixture>
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(31)]
    [InlineData(33)]
    [InlineData(100)]
    public void Walk_OfRandomTrees_IsThatOfTargetMatchAcceptance(int nodes)
    {
        for (int seed = 0; seed < 4; seed++)
        {
            Random random = new(seed);
            DraftTree tree = new(nodes);
            tree.Reset(random.Next(4), nodes);
            foreach (int parent in RandomTrees.Parents(nodes, seed).Skip(1))
            {
                int token = Enumerable.Range(0, nodes).First(id => tree.FindChild(parent, id) < 0);
                tree.Add(parent, token);
            }
            int[] chosen = [.. Enumerable.Range(0, nodes).Select(_ => random.Next(3))];
            int[] path = new int[nodes];
            Acceptance expected = new TargetMatchAcceptance(new GivenChooser(chosen)).Accept(tree, null!, 0, path);
            (int[] found, int[] outcome) = Run(nodes, tree.TokenIds.ToArray(), tree.Parents.ToArray(), chosen);
            Assert.Equal([expected.PathLength, expected.NextTokenId, expected.NextOrigin == TokenOrigin.Bonus ? 1 : 0], outcome);
            Assert.Equal(path[..expected.PathLength], found[..expected.PathLength]);
        }
    }

    [Fact]
    public void Walk_IgnoresNodesBeyondTheCountAndStopsAtABrokenRow()
    {
        (int[] path, int[] outcome) = Run(2, [7, 1, 1, 1], [-1, 0, 0, 0], [1, ArgMaxKernel.NonFinite, 1, 1]);
        Assert.Equal([2, ArgMaxKernel.NonFinite, 1], outcome);
        Assert.Equal([0, 1], path[..2]);
    }

    (int[] Path, int[] Outcome) Run(int count, int[] tokens, int[] parents, int[] chosen)
    {
        using DeviceArray<int> counts = new(fixture.Accelerator, [count]), tokenBuffer = new(fixture.Accelerator, tokens);
        using DeviceArray<int> parentBuffer = new(fixture.Accelerator, parents), chosenBuffer = new(fixture.Accelerator, chosen);
        using DeviceArray<int> path = new(fixture.Accelerator, tokens.Length), outcome = new(fixture.Accelerator, 3);
        new TreeAcceptanceKernel(fixture.Accelerator).Launch(
            fixture.Accelerator.DefaultStream, tokens.Length, counts, tokenBuffer, parentBuffer, chosenBuffer, path, outcome);
        return (path.ToHost(), outcome.ToHost());
    }

    /// <summary>A target whose choices are given.</summary>
    sealed class GivenChooser(int[] chosen) : ITokenChooser
    {
        public int Choose(IModelOutput output, int node, long position) => chosen[node];
    }
}
