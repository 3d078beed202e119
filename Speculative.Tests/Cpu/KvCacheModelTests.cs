using CsCheck;
using static Speculative.Tests.DraftTrees;

namespace Speculative.Tests;

/// <summary>
/// Random calls on one sequence against a list of tokens: every row must have the bits of a fresh prefill of what it follows.
/// </summary>
public sealed class KvCacheModelTests
{
    [Theory]
    [InlineData(CacheFormat.F32, 0)]
    [InlineData(CacheFormat.BF16, 0)]
    [InlineData(CacheFormat.Int8, 0)]
    [InlineData(CacheFormat.F32, 240)]
    [InlineData(CacheFormat.BF16, 480)]
    [InlineData(CacheFormat.Int8, 490)]
    public void Sequence_RandomCalls_EqualsFreshPrefill(CacheFormat format, int before)
    {
        ModelConfig config = TinyShapes.Qwen2 with { MaxContextLength = 256 + before };
        using CpuModel model = new(new RandomWeights(config), new() { Threads = 2, CacheFormat = format });
        Gen.Select(Gen.Int[0, 4], Gen.Int[1, 20], Gen.Int[0, 1000000]).Array[1, 14]
            .Sample(calls => Follows(model, before, calls), iter: before == 0 ? 30 : 10, threads: 1);
    }

    static bool Follows(CpuModel model, int before, (int Kind, int Count, int Seed)[] calls)
    {
        using ICausalSequence sequence = model.CreateSequence(model.MaxContextLength);
        List<int> text = [];
        Prefill(sequence, text, before, new(before));
        DraftTree? tree = null;
        foreach ((int kind, int count, int seed) in calls)
        {
            Random random = new(seed);
            if (text.Count + 60 > model.MaxContextLength)
                break;
            if (kind == 0 && tree is null)
                Prefill(sequence, text, count, random);
            else if (kind == 1 && tree is not null)
                tree = Commit(sequence, text, tree, random);
            else if (kind == 2)
                tree = Rollback(sequence);
            else if (kind == 4)
                tree = Truncate(sequence, text, random);
            else if (!Evaluate(model, sequence, text, tree ??= Root(random), count, random))
                return false;
            if (sequence.CommittedLength != text.Count)
                return false;
        }
        sequence.Rollback();
        float[] row = new float[model.VocabularySize];
        sequence.Prefill([1]).CopyLogits(0, row);
        return row.AsSpan().SequenceEqual(Fresh(model, [.. text, 1]));
    }

    static void Prefill(ICausalSequence sequence, List<int> text, int count, Random random)
    {
        int[] tokens = [.. Enumerable.Range(0, count).Select(_ => random.Next(97))];
        sequence.Prefill(tokens);
        text.AddRange(tokens);
    }

    static DraftTree? Commit(ICausalSequence sequence, List<int> text, DraftTree tree, Random random)
    {
        int[] path = Path(tree, random.Next(tree.Count));
        sequence.Commit(path);
        text.AddRange(path.Select(node => tree.TokenIds[node]));
        return null;
    }

    static DraftTree? Truncate(ICausalSequence sequence, List<int> text, Random random)
    {
        int length = random.Next(text.Count + 1);
        sequence.Truncate(length);
        text.RemoveRange(length, text.Count - length);
        return null;
    }

    static DraftTree? Rollback(ICausalSequence sequence)
    {
        sequence.Rollback();
        return null;
    }

    static DraftTree Root(Random random)
    {
        DraftTree tree = new(40);
        tree.Reset(random.Next(97), 40);
        return tree;
    }

    static bool Evaluate(CpuModel model, ICausalSequence sequence, List<int> text, DraftTree tree, int count, Random random)
    {
        for (int i = 0; i < count && tree.Room > 0; i++)
        {
            int parent = random.Next(tree.Count), token = random.Next(97);
            if (tree.FindChild(parent, token) < 0)
                tree.Add(parent, token);
        }
        float[] row = new float[model.VocabularySize];
        int node = random.Next(tree.Count);
        sequence.Evaluate(tree).CopyLogits(node, row);
        return row.AsSpan().SequenceEqual(Fresh(model, [.. text, .. Path(tree, node).Select(i => tree.TokenIds[i])]));
    }

    static float[] Fresh(CpuModel model, int[] tokens)
    {
        using ICausalSequence sequence = model.CreateSequence(tokens.Length);
        float[] row = new float[model.VocabularySize];
        sequence.Prefill(tokens).CopyLogits(tokens.Length - 1, row);
        return row;
    }
}
