using System.Numerics.Tensors;

namespace Speculative;

/// <summary>
/// Turns a row of logits into the probabilities that sampling draws from: temperature, soft-max (the maximum subtracted first), top-k, top-p,
/// min-p, normalised. Reuses its buffers; not thread-safe.
/// </summary>
sealed class TokenDistribution(StochasticSampling sampling, int vocabularySize)
{
    readonly float[] probabilities = new float[vocabularySize];
    readonly ulong[] keys = new ulong[vocabularySize];

    /// <summary>The distribution after a node; [vocabulary], valid until the next call.</summary>
    public ReadOnlySpan<float> Compute(IModelOutput output, int node)
    {
        output.CopyLogits(node, probabilities);
        Softmax(node);
        bool filters = sampling.TopK > 0 && sampling.TopK < probabilities.Length || sampling.TopP < 1;
        if (filters)
            KeepMostLikely();
        if (sampling.MinP > 0)
            DropBelow(sampling.MinP * TensorPrimitives.Max<float>(probabilities));
        if (filters || sampling.MinP > 0)
            TensorPrimitives.Divide(probabilities, (float)Sum(), probabilities);
        return probabilities;
    }

    void Softmax(int node)
    {
        float max = TensorPrimitives.Max<float>(probabilities); // NaN if any element is
        if (float.IsNaN(max) || float.IsInfinity(max))
            throw new NonFiniteLogitsException(node);
        TensorPrimitives.Subtract(probabilities, max, probabilities);
        TensorPrimitives.Divide(probabilities, sampling.Temperature, probabilities);
        TensorPrimitives.Exp<float>(probabilities, probabilities);
        TensorPrimitives.Divide(probabilities, (float)Sum(), probabilities);
    }

    /// <summary>Top-k, then top-p: zeroes all but a prefix of the tokens in descending probability, lower ids first among equals.</summary>
    void KeepMostLikely()
    {
        Span<ulong> ranked = keys;
        for (int id = 0; id < ranked.Length; id++)
            ranked[id] = Key(probabilities[id], id);
        if (sampling.TopK > 0 && sampling.TopK < ranked.Length)
        {
            SelectSmallest(ranked, sampling.TopK);
            ranked = ranked[..sampling.TopK];
        }
        double mass = 0;
        foreach (ulong key in ranked)
            mass += Probability(key);
        if (sampling.TopP < 1)
            ranked = Nucleus(ranked, sampling.TopP * mass, (1 - sampling.TopP) * mass / ranked.Length);
        Array.Clear(probabilities);
        foreach (ulong key in ranked)
            probabilities[(uint)key] = Probability(key);
    }

    /// <summary>
    /// The shortest prefix that reaches <paramref name="mass"/>. Tokens below <paramref name="negligible"/> add up to less than what may be
    /// missing, so they are never part of it and need not be sorted.
    /// </summary>
    static Span<ulong> Nucleus(Span<ulong> ranked, double mass, double negligible)
    {
        int candidates = 0;
        foreach (ulong key in ranked)
            if (Probability(key) >= negligible)
                ranked[candidates++] = key;
        ranked = ranked[..candidates];
        ranked.Sort();
        int count = 0;
        for (double sum = 0; count < candidates && sum < mass; count++)
            sum += Probability(ranked[count]);
        return ranked[..count];
    }

    /// <summary>Moves the <paramref name="count"/> smallest keys to the front (Hoare's selection).</summary>
    static void SelectSmallest(Span<ulong> keys, int count)
    {
        while (keys.Length > 1)
        {
            ulong pivot = keys[keys.Length / 2];
            int low = 0, high = keys.Length - 1;
            while (low <= high)
            {
                while (keys[low] < pivot)
                    low++;
                while (keys[high] > pivot)
                    high--;
                if (low <= high)
                    (keys[low], keys[high]) = (keys[high--], keys[low++]);
            }
            if (count <= high + 1)
                keys = keys[..(high + 1)];
            else if (count <= low)
                return;
            else
            {
                keys = keys[low..];
                count -= low;
            }
        }
    }

    void DropBelow(float least)
    {
        foreach (ref float probability in probabilities.AsSpan())
            if (probability < least)
                probability = 0;
    }

    double Sum()
    {
        double sum = 0;
        foreach (float probability in probabilities)
            sum += probability;
        return sum;
    }

    /// <summary>Sorts ascending as probabilities descend, then by id: the bits of a non-negative float order as the float does.</summary>
    static ulong Key(float probability, int id) => (ulong)~BitConverter.SingleToUInt32Bits(probability) << 32 | (uint)id;

    static float Probability(ulong key) => BitConverter.UInt32BitsToSingle(~(uint)(key >> 32));
}
