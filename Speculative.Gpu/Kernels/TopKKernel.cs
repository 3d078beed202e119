using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// The tokens with the largest logits of every row in descending order, lower ids first among equals;
/// <see cref="ArgMaxKernel.NonFinite"/> in all places of a row that holds NaN or positive infinity. Portable.
/// </summary>
/// <remarks>
/// Layout: logits [rows, vocabulary], tokens [rows, count]. Grid: one group a row. The i-th place is the largest of what comes after the
/// (i - 1)-th in that total order, so the group's size changes nothing. Cost: count reads of the logits, which the cache holds. Oracle: a
/// sorted row in the tests.
/// </remarks>
sealed class TopKKernel(Accelerator accelerator)
{
    const int MaxGroupSize = 256;

    readonly Action<AcceleratorStream, KernelConfig, int, int, ArrayView<float>, ArrayView<int>> kernel =
        accelerator.LoadKernel<int, int, ArrayView<float>, ArrayView<int>>(Run);

    readonly int groupSize = GroupSize.AtMost(MaxGroupSize, accelerator);

    /// <summary>Ranks <paramref name="rows"/> rows.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="rows">The rows; at least 1.</param>
    /// <param name="vocabulary">The length of a row; at least 1.</param>
    /// <param name="count">The places; 1 to <paramref name="vocabulary"/>.</param>
    /// <param name="logits">The logits; [rows, vocabulary].</param>
    /// <param name="tokens">Receives token ids; [rows, count].</param>
    /// <exception cref="ArgumentException">A view is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public void Launch(AcceleratorStream stream, int rows, int vocabulary, int count, ArrayView<float> logits, ArrayView<int> tokens)
    {
        KernelGuard.ThrowIfOutside(rows, 1, int.MaxValue);
        KernelGuard.ThrowIfOutside(vocabulary, 1, int.MaxValue - MaxGroupSize);
        KernelGuard.ThrowIfOutside(count, 1, vocabulary);
        KernelGuard.ThrowIfShorter(logits, (long)rows * vocabulary, "rows x vocabulary");
        KernelGuard.ThrowIfShorter(tokens, (long)rows * count, "rows x count");
        kernel(stream, (rows, groupSize), vocabulary, count, logits, tokens);
    }

    [KernelEntry(groupSize: MaxGroupSize, maxRegisters: 32)]
    static void Run(int vocabulary, int count, ArrayView<float> logits, ArrayView<int> tokens)
    {
        ArrayView<float> bestLogits = SharedMemory.Allocate<float>(MaxGroupSize);
        ArrayView<int> bestTokens = SharedMemory.Allocate<int>(MaxGroupSize);
        ArrayView<float> row = logits.SubView((long)Grid.IdxX * vocabulary, vocabulary);
        float above = float.PositiveInfinity;
        int last = -1;
        for (int place = 0; place < count; place++)
        {
            Scan(row, above, last, bestLogits, bestTokens);
            above = bestLogits[0];
            last = bestTokens[0];
            if (Group.IdxX == 0)
                tokens[(long)Grid.IdxX * count + place] = above < float.PositiveInfinity ? last : ArgMaxKernel.NonFinite;
            Group.Barrier();
        }
    }

    // The largest logit after the pair (above, last); infinity, which stands for a broken row, is never passed.
    static void Scan(ArrayView<float> row, float above, int last, ArrayView<float> bestLogits, ArrayView<int> bestTokens)
    {
        int thread = Group.IdxX;
        float best = float.NegativeInfinity;
        int token = int.MaxValue;
        for (int i = thread; i < row.IntLength; i += Group.DimX)
        {
            float logit = row[i];
            if (!(logit < float.PositiveInfinity))
                logit = float.PositiveInfinity;
            bool follows = logit < above || logit == above && (i > last || above == float.PositiveInfinity);
            if (follows && (logit > best || token == int.MaxValue))
            {
                best = logit;
                token = i;
            }
        }
        bestLogits[thread] = best;
        bestTokens[thread] = token;
        Group.Barrier();
        for (int half = Group.DimX / 2; half > 0; half /= 2)
        {
            if (thread < half)
                Merge(bestLogits, bestTokens, thread, thread + half);
            Group.Barrier();
        }
    }

    static void Merge(ArrayView<float> logits, ArrayView<int> tokens, int into, int from)
    {
        if (logits[from] > logits[into] || logits[from] == logits[into] && tokens[from] < tokens[into])
        {
            logits[into] = logits[from];
            tokens[into] = tokens[from];
        }
    }
}
