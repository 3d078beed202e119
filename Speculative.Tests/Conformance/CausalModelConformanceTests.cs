using CsCheck;
using static Speculative.Tests.DraftTrees;

namespace Speculative.Tests;

/// <summary>What every <see cref="ICausalModel"/> must do; logits are compared bit for bit.</summary>
public abstract class CausalModelConformanceTests
{
    static readonly int[] BlockBorders = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65];

    /// <summary>The implementation under test.</summary>
    protected abstract Type Subject { get; }

    protected abstract ICausalModel CreateModel();

    [Fact]
    public void Subject_IsWhatIsCreated()
    {
        using ICausalModel model = CreateModel();
        Assert.IsType(Subject, model);
    }

    [Fact]
    public void Evaluate_Chain_EqualsPrefill()
    {
        using ICausalModel model = CreateModel();
        foreach (int length in BlockBorders)
        {
            int[] tokens = Tokens(model, length, length);
            float[][] expected = PrefillRows(model, tokens);
            using ICausalSequence sequence = model.CreateSequence(length);
            AssertRows(expected, Rows(sequence.Evaluate(Chain(tokens))));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(13)]
    [InlineData(32)]
    public void Evaluate_Tree_EqualsEachPathAlone(int committed)
    {
        using ICausalModel model = CreateModel();
        int[] context = Tokens(model, committed, 3);
        foreach (int nodes in BlockBorders)
        {
            DraftTree tree = RandomTree(model, nodes, nodes);
            using ICausalSequence sequence = model.CreateSequence(committed + nodes);
            sequence.Prefill(context);
            float[][] rows = Rows(sequence.Evaluate(tree));
            for (int node = 0; node < nodes; node += Math.Max(1, nodes / 6))
                Assert.Equal(PrefillRows(model, [.. context, .. PathTokens(tree, node)])[^1], rows[node]);
        }
    }

    [Fact]
    public void Evaluate_Incrementally_EqualsAtOnce()
    {
        using ICausalModel model = CreateModel();
        DraftTree whole = RandomTree(model, 40, 5), grown = new(40);
        using ICausalSequence once = model.CreateSequence(60), steps = model.CreateSequence(60);
        int[] context = Tokens(model, 17, 1);
        once.Prefill(context);
        steps.Prefill(context);
        float[][] expected = Rows(once.Evaluate(whole));
        grown.Reset(whole.TokenIds[0], 40);
        foreach (int count in new[] { 1, 2, 5, 12, 12, 40 })
        {
            while (grown.Count < count)
                grown.Add(whole.Parents[grown.Count], whole.TokenIds[grown.Count]);
            AssertRows(expected[..count], Rows(steps.Evaluate(grown)));
        }
    }

    [Fact]
    public void Commit_ThenContinue_EqualsPrefill()
    {
        using ICausalModel model = CreateModel();
        using ICausalSequence sequence = model.CreateSequence(100);
        List<int> text = [.. Tokens(model, 5, 9)];
        sequence.Prefill(text.ToArray());
        for (int step = 0; step < 6; step++)
        {
            DraftTree tree = RandomTree(model, 12, 100 + step);
            sequence.Evaluate(tree);
            int[] path = Path(tree, Enumerable.Range(0, 12).MaxBy(node => tree.Depths[node] * 100 + node));
            sequence.Commit(path);
            text.AddRange(path.Select(node => tree.TokenIds[node]));
            Assert.Equal(text.Count, sequence.CommittedLength);
        }
        int[] more = Tokens(model, 4, 77);
        float[][] expected = PrefillRows(model, [.. text, .. more]);
        AssertRows(expected[^4..], Rows(sequence.Prefill(more)));
    }

    [Fact]
    public void Rollback_Twice_LeavesCommitted()
    {
        using ICausalModel model = CreateModel();
        using ICausalSequence sequence = model.CreateSequence(50);
        int[] context = Tokens(model, 6, 2), more = Tokens(model, 3, 4);
        sequence.Prefill(context);
        sequence.Evaluate(RandomTree(model, 9, 1));
        sequence.Rollback();
        sequence.Rollback();
        Assert.Equal(6, sequence.CommittedLength);
        AssertRows(PrefillRows(model, [.. context, .. more])[^3..], Rows(sequence.Evaluate(Chain(more))));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(33)]
    [InlineData(36)]
    public void Truncate_ToAnyLength_IsAsIfTheRestHadNeverBeenRead(int length)
    {
        using ICausalModel model = CreateModel();
        using ICausalSequence sequence = model.CreateSequence(60);
        int[] context = Tokens(model, 34, 2), more = Tokens(model, 3, 4);
        sequence.Prefill(context);
        DraftTree tree = RandomTree(model, 9, 1);
        sequence.Evaluate(tree);
        int[] path = [0, tree.Parents[1..].IndexOf(0) + 1];
        sequence.Commit(path);
        int[] text = [.. context, tree.TokenIds[0], tree.TokenIds[path[1]]];
        sequence.Evaluate(RandomTree(model, 9, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => sequence.Truncate(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => sequence.Truncate(37));
        Assert.Equal(36, sequence.CommittedLength);
        sequence.Truncate(length);
        Assert.Equal(length, sequence.CommittedLength);
        AssertRows(PrefillRows(model, [.. text[..length], .. more])[^3..], Rows(sequence.Prefill(more)));
    }

    [Fact]
    public void Context_ExactlyFull_Works_OneOver_Throws()
    {
        using ICausalModel model = CreateModel();
        using ICausalSequence sequence = model.CreateSequence(10);
        Assert.Throws<ContextOverflowException>(() => sequence.Prefill(Tokens(model, 11, 1)));
        Assert.Equal(0, sequence.CommittedLength);
        sequence.Prefill(Tokens(model, 6, 1));
        Assert.Throws<ContextOverflowException>(() => sequence.Evaluate(RandomTree(model, 5, 1)));
        DraftTree tree = Chain(Tokens(model, 4, 2));
        sequence.Evaluate(tree);
        sequence.Commit([0, 1, 2, 3]);
        Assert.Equal(10, sequence.CommittedLength);
        ContextOverflowException error = Assert.Throws<ContextOverflowException>(() => sequence.Evaluate(Chain([0])));
        Assert.Equal((11, 10), (error.Requested, error.Available));
    }

    [Fact]
    public void Misuse_Throws()
    {
        using ICausalModel model = CreateModel();
        Assert.Throws<ArgumentOutOfRangeException>(() => model.CreateSequence(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.CreateSequence(model.MaxContextLength + 1));
        using ICausalSequence sequence = model.CreateSequence(20);
        Assert.Throws<InvalidOperationException>(() => sequence.Commit([0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => sequence.Prefill([0, model.VocabularySize]));
        Assert.Throws<ArgumentOutOfRangeException>(() => sequence.Prefill([-1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => sequence.Evaluate(Chain([model.VocabularySize])));
        sequence.Rollback();
        sequence.Evaluate(Chain([1, 2, 3]));
        Assert.Throws<InvalidOperationException>(() => sequence.Prefill([1]));
        foreach (int[] path in new int[][] { [], [1], [0, 2], [0, 1, 3], [0, -1] })
            Assert.Throws<ArgumentException>(() => sequence.Commit(path));
        Assert.Throws<ArgumentException>(() => sequence.Evaluate(Chain([1, 3, 3])));
        Assert.Throws<ArgumentException>(() => sequence.Evaluate(Chain([1, 2])));
        sequence.Commit([0, 1]);
        Assert.Equal(2, sequence.CommittedLength);
    }

    [Fact]
    public void Prefill_Empty_HasNoRows()
    {
        using ICausalModel model = CreateModel();
        using ICausalSequence sequence = model.CreateSequence(5);
        Assert.Equal(0, sequence.Prefill([]).NodeCount);
        Assert.Equal(0, sequence.CommittedLength);
    }

    [Fact]
    public void Sequences_Interleaved_AreIndependent()
    {
        using ICausalModel model = CreateModel();
        int[] first = Tokens(model, 20, 1), second = Tokens(model, 20, 2);
        using ICausalSequence one = model.CreateSequence(20), two = model.CreateSequence(20);
        for (int i = 0; i < 20; i += 5)
        {
            IModelOutput a = one.Prefill(first.AsSpan(i, 5)), b = two.Prefill(second.AsSpan(i, 5));
            AssertRows(PrefillRows(model, first[..(i + 5)])[^5..], Rows(a));
            AssertRows(PrefillRows(model, second[..(i + 5)])[^5..], Rows(b));
        }
    }

    [Fact]
    public void Output_AfterCommit_StaysReadable()
    {
        using ICausalModel model = CreateModel();
        using ICausalSequence sequence = model.CreateSequence(20), other = model.CreateSequence(20);
        DraftTree tree = RandomTree(model, 9, 4);
        float[][] expected = Rows(other.Evaluate(tree));
        IModelOutput output = sequence.Evaluate(tree);
        sequence.Commit([0]);
        AssertRows(expected, Rows(output));
    }

    /// <summary>An engine may leave a prompt's rows unfinished until somebody asks, if only after the text was cut.</summary>
    [Fact]
    public void Prefill_RowsAskedLateOrNever_ChangesNothing()
    {
        using ICausalModel model = CreateModel();
        using ICausalSequence late = model.CreateSequence(80), never = model.CreateSequence(80);
        int[] text = Tokens(model, 70, 8), more = Tokens(model, 3, 9);
        IModelOutput output = late.Prefill(text);
        never.Prefill(text);
        late.Truncate(40);
        AssertRows(PrefillRows(model, text), Rows(output));
        AssertRows(PrefillRows(model, [.. text[..40], .. more])[^3..], Rows(late.Prefill(more)));
        AssertRows(PrefillRows(model, [.. text, .. more])[^3..], Rows(never.Prefill(more)));
    }

    [Fact]
    public void Output_Ranks_DescendingThenById()
    {
        using ICausalModel model = CreateModel();
        using ICausalSequence sequence = model.CreateSequence(20);
        IModelOutput output = sequence.Evaluate(RandomTree(model, 9, 4));
        float[][] rows = Rows(output);
        for (int node = 0; node < 9; node++)
        {
            int[] expected = [.. Enumerable.Range(0, model.VocabularySize).OrderByDescending(id => rows[node][id]).ThenBy(id => id)];
            int[] top = new int[Math.Min(8, expected.Length)];
            output.TopK(node, top);
            Assert.Equal(expected[..top.Length], top);
            Assert.Equal(expected[0], output.ArgMax(node));
        }
    }

    /// <summary>
    /// What is computed for one kind of question must serve the next, in whichever order they come and however the tree grows.
    /// </summary>
    [Fact]
    public void Output_AskedInAnyOrder_AnswersAlike()
    {
        using ICausalModel model = CreateModel();
        Check.Sample(Gen.Int[0, 3].Array[1, 12].Array[1, 5].Select(Gen.Int[0, 1 << 16]), AskInOrder, iter: 20, threads: 1);

        void AskInOrder(int[][] passes, int seed)
        {
            using ICausalSequence sequence = model.CreateSequence(64), other = model.CreateSequence(64);
            DraftTree tree = new(8);
            Random random = new(seed);
            foreach (int[] questions in passes)
            {
                tree.Reset(random.Next(model.VocabularySize), 8);
                for (int grown = 0; grown < 2; grown++)
                {
                    for (int parent = tree.Count - 1, token = 0; token < 3; token++)
                        tree.Add(parent, token);
                    IModelOutput output = sequence.Evaluate(tree);
                    float[][] rows = Rows(other.Evaluate(tree));
                    foreach (int question in questions)
                        OutputQuestion.Ask(output, random.Next(tree.Count), question, rows);
                }
                sequence.Commit([0, 1]);
                other.Commit([0, 1]);
            }
        }
    }

    protected static int[] Tokens(ICausalModel model, int count, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(model.VocabularySize))];
    }

    protected static float[][] Rows(IModelOutput output)
    {
        float[][] rows = new float[output.NodeCount][];
        for (int node = 0; node < rows.Length; node++)
            rows[node] = OutputQuestion.Row(output, node);
        return rows;
    }

    protected static float[][] PrefillRows(ICausalModel model, int[] tokens)
    {
        using ICausalSequence sequence = model.CreateSequence(tokens.Length);
        return Rows(sequence.Prefill(tokens));
    }

    protected static void AssertRows(float[][] expected, float[][] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(expected[i].AsSpan().SequenceEqual(actual[i]), $"row {i} differs");
    }
}
