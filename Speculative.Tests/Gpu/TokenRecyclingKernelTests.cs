using ILGPU.Runtime;
using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class TokenRecyclingKernelTests(CpuAcceleratorFixture fixture) : IClassFixture<CpuAcceleratorFixture>
{
    const int Vocabulary = 40;

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 20)]
    [InlineData(3, 81)]
    [InlineData(4, 120)]
    public void DraftAndUpdate_OverSteps_GiveTheTreesAndMatrixOfTheCpuDrafter(int seed, int capacity)
    {
        Random random = new(seed);
        AdjacencyMatrix matrix = new(Vocabulary);
        using TokenRecyclingDrafter drafter = new(matrix, new());
        using DeviceMatrix device = new(fixture.Accelerator, TreeTemplate.Published, capacity);
        for (int step = 0; step < 4; step++)
        {
            DraftTree tree = new(capacity);
            tree.Reset(random.Next(Vocabulary), capacity);
            drafter.Draft([], tree);
            (int count, int[] tokens, int[] parents) = device.Draft(tree.TokenIds[0]);
            Assert.Equal(tree.TokenIds.ToArray(), tokens[..count]);
            Assert.Equal(tree.Parents.ToArray(), parents[..count]);
            Assert.All(tokens[count..], token => Assert.Equal(tree.TokenIds[0], token));
            Assert.All(parents[count..], parent => Assert.Equal(0, parent));

            int[][] rows = [.. Enumerable.Range(0, count)
                .Select(_ => Enumerable.Range(0, Vocabulary).OrderBy(_ => random.Next()).Take(8).ToArray())];
            int[] path = RandomTrees.Path(parents, random.Next(count));
            drafter.Observe(new(tree, new RankedOutput(rows), path, 0));
            device.Update(tokens[..count], path, [.. rows.SelectMany(row => row)]);
            Assert.Equal(Enumerable.Range(0, Vocabulary).SelectMany(token => matrix.Row(token).ToArray()), device.Matrix());
        }
    }

    [Fact]
    public void Draft_FromRowsThatRepeatATokenOrKnowNothing_LeavesNodesOut()
    {
        AdjacencyMatrix matrix = new(Vocabulary);
        matrix.Write(5, [5, 5, 7, -1, 7, 9, 9, 9]);
        matrix.Write(7, [5, -1, -1, -1, -1, -1, -1, -1]);
        using TokenRecyclingDrafter drafter = new(matrix, new());
        DraftTree tree = new(81);
        tree.Reset(5, 81);
        drafter.Draft([], tree);
        using DeviceMatrix device = new(fixture.Accelerator, TreeTemplate.Published, 81);
        device.Load([.. Enumerable.Range(0, Vocabulary).SelectMany(token => matrix.Row(token).ToArray())]);
        (int count, int[] tokens, int[] parents) = device.Draft(5);
        Assert.True(count > 10);
        Assert.Equal(tree.TokenIds.ToArray(), tokens[..count]);
        Assert.Equal(tree.Parents.ToArray(), parents[..count]);
    }

    /// <summary>The rows that a target ranks after each node.</summary>
    sealed class RankedOutput(int[][] rows) : IModelOutput
    {
        public int NodeCount => rows.Length;

        public int VocabularySize => Vocabulary;

        public int ArgMax(int node) => rows[node][0];

        public void TopK(int node, Span<int> tokenIds) => rows[node].AsSpan(0, tokenIds.Length).CopyTo(tokenIds);

        public void CopyLogits(int node, Span<float> logits) => throw new NotSupportedException("Only ranks are known.");
    }

    /// <summary>A matrix and a template on the device.</summary>
    sealed class DeviceMatrix(Accelerator accelerator, TreeTemplate template, int capacity) : IDisposable
    {
        readonly TokenRecyclingDraftKernel draft = new(accelerator);
        readonly TokenRecyclingUpdateKernel update = new(accelerator);
        readonly DeviceArray<int> parents = new(accelerator, template.Parents.ToArray());
        readonly DeviceArray<int> ranks = new(accelerator, template.Ranks.ToArray());
        readonly DeviceArray<int> depths = new(accelerator, template.Depths.ToArray());
        readonly DeviceArray<int> valueOrder = new(accelerator, template.ValueOrder.ToArray());
        DeviceArray<int> matrix = new(accelerator, [.. Enumerable.Repeat(-1, Vocabulary * 8)]);

        public void Load(int[] rows)
        {
            matrix.Dispose();
            matrix = new(accelerator, rows);
        }

        public (int Count, int[] Tokens, int[] Parents) Draft(int root)
        {
            using DeviceArray<int> tokens = new(accelerator, [root, .. new int[capacity - 1]]), treeParents = new(accelerator, capacity);
            using DeviceArray<int> count = new(accelerator, 1);
            draft.Launch(accelerator.DefaultStream, template.NodeCount + 1, template.Depth, capacity, matrix, parents, ranks, depths,
                valueOrder, tokens, treeParents, count);
            return (count.ToHost()[0], tokens.ToHost(), treeParents.ToHost());
        }

        public void Update(int[] tokenIds, int[] acceptedPath, int[] rows)
        {
            using DeviceArray<int> tokens = new(accelerator, tokenIds), path = new(accelerator, acceptedPath);
            using DeviceArray<int> continuations = new(accelerator, rows);
            update.Launch(accelerator.DefaultStream, tokenIds.Length, acceptedPath.Length, 8, tokens, path, continuations, matrix);
        }

        public int[] Matrix() => matrix.ToHost();

        public void Dispose()
        {
            parents.Dispose();
            ranks.Dispose();
            depths.Dispose();
            valueOrder.Dispose();
            matrix.Dispose();
        }
    }
}
