using System.Diagnostics;
using Speculative.Drafters;

namespace Speculative.Bench.Machine;

/// <summary>
/// Times a drafter's steps by themselves: the draft model and the target are synthetic and cost nothing but reading their rows.
/// </summary>
/// <remarks>
/// The text is what the target would say: a token is followed by one of the four likeliest of its row. So tokens come again, as in any
/// text, and a drafter that learns from rows or from the text knows what follows them once it is warm.
/// </remarks>
sealed class DraftingMeasurement : IDisposable
{
    const int Steps = 300, LongestContext = 4096, Prompt = 16, Choices = 4;

    static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    readonly SyntheticModel draft, target;
    readonly IDrafter drafter;
    readonly ICausalSequence sequence;
    readonly DraftTree tree;
    readonly int[] context = new int[LongestContext];
    readonly int[] path = new int[4];
    int length, steps;

    /// <summary>Creates a drafter.</summary>
    public DraftingMeasurement(string name, int vocabularySize, int budget, Sampling sampling)
    {
        (draft, target) = (new(vocabularySize, budget + 8), new(vocabularySize, budget + 1));
        DrafterSettings settings = new() { VocabularySize = vocabularySize, NodeBudget = budget, DraftModel = draft };
        drafter = DrafterCatalog.CreateFactory(name, settings)(new() { Sampling = sampling });
        sequence = target.CreateSequence(target.MaxContextLength);
        tree = new(budget + 1);
    }

    /// <summary>Runs steps until the compiler has settled, then measures some.</summary>
    public DraftingTimes Run(CancellationToken cancellationToken)
    {
        CompilerWarmUp.Run(_ => Step(), cancellationToken);
        List<DraftingTimes> measured = [];
        for (long start = Stopwatch.GetTimestamp(); measured.Count < Steps && Stopwatch.GetElapsedTime(start) < Limit; measured.Add(Step()))
            cancellationToken.ThrowIfCancellationRequested();
        return DraftingTimes.Median(measured);
    }

    public void Dispose()
    {
        drafter.Dispose();
        sequence.Dispose();
    }

    /// <summary>One step, of which in turn no, one, two and three first children are accepted.</summary>
    DraftingTimes Step()
    {
        if (length == 0 || length > LongestContext - path.Length)
            Begin();
        tree.Reset(context[length - 1], tree.MaxNodes);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        TimeSpan rowsBefore = Rows, readBefore = target.Reading;
        long start = Stopwatch.GetTimestamp();
        drafter.Draft(context.AsSpan(0, length), tree);
        TimeSpan drafting = Stopwatch.GetElapsedTime(start), rows = Rows - rowsBefore;
        IModelOutput output = sequence.Evaluate(tree);
        int accepted = Accept(), next = target.Likely(context[length - 1], steps / path.Length % Choices);
        start = Stopwatch.GetTimestamp();
        drafter.Observe(new VerifiedStep(tree, output, path.AsSpan(0, accepted), next));
        TimeSpan learning = Stopwatch.GetElapsedTime(start);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        context[length++] = next;
        return new(tree.Count - 1, drafting, rows, learning, target.Reading - readBefore, allocated);
    }

    int Accept()
    {
        int count = 1;
        for (int node = tree.FirstChild(0); node >= 0 && count < 1 + steps % path.Length; node = tree.FirstChild(node))
        {
            path[count++] = node;
            context[length++] = tree.TokenIds[node];
        }
        steps++;
        return count;
    }

    /// <summary>
    /// The time spent on rows while drafting: with their probabilities where the drafter tells it apart, else reading alone.
    /// </summary>
    TimeSpan Rows => drafter is ITimesRows timed ? timed.RowTime : draft.Reading;

    void Begin()
    {
        length = Prompt;
        for (int i = 1; i < length; i++)
            context[i] = target.Likely(context[i - 1], i % Choices);
        drafter.Start(context.AsSpan(0, length));
    }
}
