using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// The token with the largest logit of every row, the lowest id among equals; <see cref="NonFinite"/> for a row that holds NaN or positive
/// infinity, so that the host can throw instead of going on quietly.
/// </summary>
/// <remarks>
/// Layout: logits [rows, vocabulary], result [rows]. Grid: one group a row. A thread walks every groupSize-th token upwards and keeps the
/// first of the largest; then halves of the group are merged in shared memory, larger logit first, lower id among equals. Both rules are
/// total orders, so the group's size changes nothing. Cost: one read of the logits. Oracle: a loop over the row in the tests.
/// </remarks>
sealed class ArgMaxKernel(Accelerator accelerator)
{
    /// <summary>What a row with NaN or positive infinity gives instead of a token.</summary>
    public const int NonFinite = -1;

    const int MaxGroupSize = 256;

    readonly Action<AcceleratorStream, KernelConfig, int, ArrayView<float>, ArrayView<int>> kernel =
        accelerator.LoadKernel<int, ArrayView<float>, ArrayView<int>>(Run);

    readonly int groupSize = GroupSize.AtMost(MaxGroupSize, accelerator);

    /// <summary>Finds the largest logit of <paramref name="rows"/> rows.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="rows">The rows; at least 1.</param>
    /// <param name="vocabulary">The length of a row; at least 1.</param>
    /// <param name="logits">The logits; [rows, vocabulary].</param>
    /// <param name="tokens">Receives a token id or <see cref="NonFinite"/> a row; [rows].</param>
    /// <exception cref="ArgumentException">A view is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public void Launch(AcceleratorStream stream, int rows, int vocabulary, ArrayView<float> logits, ArrayView<int> tokens)
    {
        KernelGuard.ThrowIfOutside(rows, 1, int.MaxValue);
        KernelGuard.ThrowIfOutside(vocabulary, 1, int.MaxValue - MaxGroupSize);
        KernelGuard.ThrowIfShorter(logits, (long)rows * vocabulary, "rows x vocabulary");
        KernelGuard.ThrowIfShorter(tokens, rows, "rows");
        kernel(stream, (rows, groupSize), vocabulary, logits, tokens);
    }

    [KernelEntry(groupSize: MaxGroupSize, maxRegisters: 32)]
    static void Run(int vocabulary, ArrayView<float> logits, ArrayView<int> tokens)
    {
        ArrayView<float> bestLogits = SharedMemory.Allocate<float>(MaxGroupSize);
        ArrayView<int> bestTokens = SharedMemory.Allocate<int>(MaxGroupSize);
        int thread = Group.IdxX;
        ArrayView<float> row = logits.SubView((long)Grid.IdxX * vocabulary, vocabulary);
        // Infinity stands for a broken row: it wins every comparison on the way down.
        float best = float.NegativeInfinity;
        int token = int.MaxValue;
        for (int i = thread; i < vocabulary; i += Group.DimX)
        {
            float logit = row[i];
            if (!(logit < float.PositiveInfinity))
                logit = float.PositiveInfinity;
            if (logit > best || token == int.MaxValue)
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
            {
                float other = bestLogits[thread + half];
                int otherToken = bestTokens[thread + half];
                if (other > bestLogits[thread] || other == bestLogits[thread] && otherToken < bestTokens[thread])
                {
                    bestLogits[thread] = other;
                    bestTokens[thread] = otherToken;
                }
            }
            Group.Barrier();
        }
        if (thread == 0)
            tokens[Grid.IdxX] = bestLogits[0] < float.PositiveInfinity ? bestTokens[0] : NonFinite;
    }
}
