using CsCheck;
using static Speculative.Tests.DraftTrees;

namespace Speculative.Tests;

/// <summary>A nested model's exits against models of only so many layers: the same bits, whatever stopped where before.</summary>
public abstract class NestedModelConformanceTests : IDisposable
{
    static readonly int[] Layers = [1, 3, 5];

    readonly ModelConfig deep;
    readonly int iterations;
    readonly Func<ModelConfig, INestedModel> create;
    readonly INestedModel model;
    readonly INestedModel[] exits;

    protected NestedModelConformanceTests(ModelConfig config, int iterations, Func<ModelConfig, INestedModel> create)
    {
        deep = config with { LayerCount = 5, ExitLayers = [1, 3] };
        this.iterations = iterations;
        this.create = create;
        model = create(deep);
        exits = [.. Layers.Select(layers => create(deep with { LayerCount = layers, ExitLayers = [] }))];
    }

    /// <summary>The implementation's type.</summary>
    protected abstract Type Subject { get; }

    public void Dispose()
    {
        model.Dispose();
        foreach (INestedModel exit in exits)
            exit.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void Subject_IsWhatIsCreated() => Assert.IsType(Subject, model);

    [Fact]
    public void ExitLayers_EndWithTheWholeModel()
    {
        Assert.Equal([1, 3, 5], model.ExitLayers);
        Assert.Equal([1], exits[0].ExitLayers);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(3, 3)]
    [InlineData(3, 1)]
    public void Create_ImpossibleExits_Throws(params int[] layers) =>
        Assert.Throws<ModelFormatException>(() => create(deep with { ExitLayers = layers }));

    [Fact]
    public void Evaluate_UnknownExit_Throws()
    {
        using INestedSequence sequence = model.CreateNestedSequence(16);
        Assert.Throws<ArgumentOutOfRangeException>(() => sequence.Prefill([1], 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => sequence.Prefill([1], -1));
    }

    [Fact]
    public void Sequence_RandomCalls_EqualsTheExitAlone() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[1, 70], Gen.Int[0, 1000000]).Array[1, 14].Sample(Follows, iter: iterations, threads: 1);

    bool Follows((int Kind, int Count, int Seed)[] calls)
    {
        using INestedSequence sequence = model.CreateNestedSequence(model.MaxContextLength);
        List<int> text = [];
        List<int> reached = []; // the exit of each node
        DraftTree tree = new(Math.Min(80, model.MaxTreeNodes));
        foreach ((int kind, int count, int seed) in calls)
        {
            Random random = new(seed);
            int exit = random.Next(3);
            if (text.Count + 160 > model.MaxContextLength)
                break;
            if (kind == 0 && reached.Count == 0)
            {
                int[] piece = [.. Enumerable.Range(0, count).Select(_ => random.Next(model.VocabularySize))];
                text.AddRange(piece);
                if (!Equal(sequence.Prefill(piece, exit), count - 1, exit, [.. text]))
                    return false;
            }
            else if (kind == 1 && reached.Count > 0)
            {
                int[] path = Path(tree, random.Next(reached.Count));
                sequence.Commit(path);
                text.AddRange(path.Select(node => tree.TokenIds[node]));
                reached.Clear();
            }
            else if (kind == 2)
            {
                sequence.Rollback();
                reached.Clear();
            }
            else if (kind == 5)
            {
                int length = random.Next(text.Count + 1);
                sequence.Truncate(length);
                text.RemoveRange(length, text.Count - length);
                reached.Clear();
            }
            else if (!Evaluate(sequence, text, tree, reached, exit, count % 12, random))
                return false;
        }
        return true;
    }

    bool Evaluate(INestedSequence sequence, List<int> text, DraftTree tree, List<int> reached, int exit, int count, Random random)
    {
        if (reached.Count == 0)
            tree.Reset(random.Next(model.VocabularySize), tree.MaxNodes);
        for (int i = 0; i < count && tree.Room > 0; i++)
        {
            int parent = random.Next(tree.Count), token = random.Next(model.VocabularySize);
            if (tree.FindChild(parent, token) < 0)
                tree.Add(parent, token);
        }
        while (reached.Count < tree.Count)
            reached.Add(exit);
        for (int i = 0; i < reached.Count; i++)
            reached[i] = Math.Max(reached[i], exit);
        IModelOutput output = sequence.Evaluate(tree, exit);
        int first = random.Next(tree.Count), second = random.Next(tree.Count);
        return new[] { first, second }.All(node =>
            Equal(output, node, reached[node], [.. text, .. Path(tree, node).Select(i => tree.TokenIds[i])]));
    }

    bool Equal(IModelOutput output, int node, int exit, int[] tokens)
    {
        float[] actual = new float[model.VocabularySize], expected = new float[model.VocabularySize];
        output.CopyLogits(node, actual);
        using ICausalSequence sequence = exits[exit].CreateSequence(tokens.Length);
        sequence.Prefill(tokens).CopyLogits(tokens.Length - 1, expected);
        return actual.AsSpan().SequenceEqual(expected);
    }
}
