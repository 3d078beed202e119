using Speculative.Drafters;

namespace Speculative.Tests;

/// <summary>What a whole model must do whose attention runs on tensor cores, emulated or real.</summary>
public abstract class TensorAttentionModelConformanceTests
{
    // Weights and queries are rounded to bf16 before their products: one part in 2^9. The portable kernel rounds keys and values only.
    const float Tolerance = 2e-2f;

    static readonly ModelConfig Shape =
        EmulationFixture.Tiny with { HeadSize = 64, HeadCount = 1, LayerCount = 1, VocabularySize = 17, MaxContextLength = 256 };

    static readonly int[] Text = [.. Enumerable.Range(0, 132).Select(i => i * i % 17)];

    /// <summary>A model that attends on tensor cores, of random weights, its cache in BF16, its trees of at most 80 nodes.</summary>
    protected abstract ICausalModel CreateModel(ModelConfig config);

    /// <summary>One sequence: a prompt takes seconds on an emulation. Positions 128 to 137 see one block and a tail.</summary>
    [Fact]
    public void Rows_AloneInChainInTreeAndAfterCommits_AreTheSameBitsAndNearThoseOfTheCpuEngine()
    {
        using ICausalModel model = CreateModel(Shape);
        using CpuModel cpu = new(new RandomWeights(Shape), new() { Threads = 1, CacheFormat = CacheFormat.BF16 });
        using ICausalSequence sequence = model.CreateSequence(150), expected = cpu.CreateSequence(150);
        sequence.Prefill(Text);
        expected.Prefill(Text);
        DraftTree tree = new(6);
        tree.Reset(3, 6);
        for (int node = 1; node < 6; node++)
            tree.Add((node - 1) / 2, node);
        float[][] rows = Rows(sequence.Evaluate(tree)), near = Rows(expected.Evaluate(tree));
        for (int node = 0; node < tree.Count; node++)
            for (int id = 0; id < Shape.VocabularySize; id++)
                Assert.Equal(near[node][id], rows[node][id], Tolerance);
        sequence.Rollback();
        Assert.Equal(rows[4], Rows(sequence.Evaluate(Chain(3, 1, 4)))[2]); // the path of node 4, as a chain
        sequence.Rollback();
        sequence.Evaluate(tree);
        sequence.Commit([0, 2]);
        Assert.Equal(rows[5], Rows(sequence.Evaluate(Chain(5)))[0]); // a child of node 2, alone, behind a path that moved
    }

    [Fact]
    public void Generate_WithDrafts_EqualsPlainDecoding()
    {
        using ICausalModel model = CreateModel(Shape);
        int[] plain = Generate(model, NullDrafter.Factory);
        Assert.Equal(plain, Generate(model, DrafterCatalog.CreateFactory("prompt-lookup", new() { VocabularySize = 17, NodeBudget = 4 })));
    }

    /// <summary>The chain is split into pieces that are no deeper than a tail; the portable model takes it as one pass.</summary>
    [Fact]
    public void Chain_DeeperThanATail_IsEvaluatedInPieces()
    {
        using ICausalModel model = CreateModel(Shape with { VocabularySize = 5 });
        using ICausalSequence whole = model.CreateSequence(70), pieces = model.CreateSequence(70);
        DraftTree chain = Chain([.. Enumerable.Range(0, 67).Select(i => i % 5)]);
        float[][] rows = Rows(whole.Evaluate(chain));
        pieces.Prefill(chain.TokenIds[..64]); // the whole chain is cut after 65
        Assert.Equal(rows[64..], Rows(pieces.Evaluate(Chain([.. chain.TokenIds[64..]]))));
    }

    /// <summary>Laid out depth first, read by the ends of its subtrees.</summary>
    [Fact]
    public void LargeTree_EqualsItsPathsAlone()
    {
        using ICausalModel model = CreateModel(Shape with { VocabularySize = 70 });
        using ICausalSequence large = model.CreateSequence(80), plain = model.CreateSequence(80);
        int[] parents = RandomTrees.Parents(70, 5);
        DraftTree tree = RandomTrees.Tree(parents);
        large.Prefill([3, 1]);
        plain.Prefill([3, 1]);
        float[][] rows = Rows(large.Evaluate(tree));
        foreach (int node in (int[])[31, 64, 69])
        {
            float[] alone = Rows(plain.Evaluate(Chain(RandomTrees.Path(parents, node))))[^1];
            plain.Rollback();
            Assert.Equal(alone, rows[node]);
        }
    }

    static DraftTree Chain(params int[] tokens)
    {
        DraftTree tree = new(tokens.Length);
        tree.Reset(tokens[0], tokens.Length);
        for (int node = 1; node < tokens.Length; node++)
            tree.Add(node - 1, tokens[node]);
        return tree;
    }

    static int[] Generate(ICausalModel model, DrafterFactory drafter)
    {
        using SpeculativeSession session = new SpeculativeEngine(model, drafter).StartSession([1, 2, 3, 1, 2], new() { MaxNewTokens = 12 });
        return session.Generate().ToArray();
    }

    static float[][] Rows(IModelOutput output)
    {
        float[][] rows = [.. Enumerable.Range(0, output.NodeCount).Select(_ => new float[output.VocabularySize])];
        for (int node = 0; node < rows.Length; node++)
            output.CopyLogits(node, rows[node]);
        return rows;
    }
}
