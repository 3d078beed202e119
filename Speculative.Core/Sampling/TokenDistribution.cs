using System.Numerics;
using System.Numerics.Tensors;

namespace Speculative;

/// <summary>
/// Turns a row of logits into the probabilities that sampling draws from: temperature, soft-max (the maximum subtracted first), top-k,
/// top-p, min-p, normalised. For targets, and for drafters that sample from a draft model.
/// </summary>
/// <remarks>Cost: a few passes over the row; with top-p a sort of the likely tokens. Reuses its buffer; not thread-safe.</remarks>
/// <param name="sampling">Temperature and filters; the seed is not used.</param>
/// <param name="vocabularySize">The length of a row of logits.</param>
public sealed class TokenDistribution(StochasticSampling sampling, int vocabularySize)
{
    readonly bool filters = sampling.TopK > 0 && sampling.TopK < vocabularySize || sampling.TopP < 1;
    ulong[] keys = [];

    /// <summary>Computes the distribution after a node.</summary>
    /// <param name="output">The rows of logits.</param>
    /// <param name="node">The row.</param>
    /// <param name="probabilities">Receives the distribution, which sums to 1; [vocabulary].</param>
    /// <exception cref="ArgumentException"><paramref name="probabilities"/> has another length than the vocabulary.</exception>
    /// <exception cref="NonFiniteLogitsException">The row holds NaN or positive infinity.</exception>
    public void Compute(IModelOutput output, int node, Span<float> probabilities)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (probabilities.Length != vocabularySize)
            throw new ArgumentException($"Expected {vocabularySize} elements, got {probabilities.Length}.", nameof(probabilities));
        output.CopyLogits(node, probabilities);
        Softmax(node, probabilities);
        if (filters)
            KeepMostLikely(probabilities);
        if (sampling.MinP > 0)
            DropBelow(sampling.MinP * TensorPrimitives.Max<float>(probabilities), probabilities);
        if (filters || sampling.MinP > 0)
            TensorPrimitives.Divide(probabilities, (float)Sum(probabilities), probabilities);
    }

    void Softmax(int node, Span<float> probabilities)
    {
        float max = TensorPrimitives.Max<float>(probabilities); // NaN if any element is
        if (float.IsNaN(max) || float.IsInfinity(max))
            throw new NonFiniteLogitsException(node);
        TensorPrimitives.Subtract(probabilities, max, probabilities);
        TensorPrimitives.Divide(probabilities, sampling.Temperature, probabilities);
        TensorPrimitives.Exp<float>(probabilities, probabilities);
        TensorPrimitives.Divide(probabilities, (float)Sum(probabilities), probabilities);
    }

    /// <summary>Top-k, then top-p: zeroes all but a prefix of the tokens in descending probability, lower ids first among equals.</summary>
    void KeepMostLikely(Span<float> probabilities)
    {
        if (keys.Length == 0)
            keys = new ulong[vocabularySize];
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
        probabilities.Clear();
        foreach (ulong key in ranked)
            probabilities[(int)(uint)key] = Probability(key);
    }

    /// <summary>
    /// The shortest prefix that reaches <paramref name="mass"/>. Tokens below <paramref name="negligible"/> add up to less than what may be
    /// missing, so they are never part of it and need not be sorted.
    /// </summary>
    static Span<ulong> Nucleus(Span<ulong> ranked, double mass, double negligible)
    {
        int likely = 0;
        foreach (ulong key in ranked)
            if (Probability(key) >= negligible)
                ranked[likely++] = key;
        ranked = ranked[..likely];
        ranked.Sort();
        int count = 0;
        for (double sum = 0; count < likely && sum < mass; count++)
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

    static void DropBelow(float least, Span<float> probabilities)
    {
        foreach (ref float probability in probabilities)
            if (probability < least)
                probability = 0;
    }

    /// <summary>
    /// The sum in double precision, in as many parts as a vector has lanes: one after another, additions would wait for each other.
    /// </summary>
    static double Sum(ReadOnlySpan<float> probabilities)
    {
        Vector<double> low = Vector<double>.Zero, high = low;
        int i = 0;
        for (; i <= probabilities.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(probabilities[i..]), out Vector<double> first, out Vector<double> second);
            (low, high) = (low + first, high + second);
        }
        double sum = Vector.Sum(low + high);
        foreach (float probability in probabilities[i..])
            sum += probability;
        return sum;
    }

    /// <summary>Sorts ascending as probabilities descend, then by id: the bits of a non-negative float order as the float does.</summary>
    static ulong Key(float probability, int id) => (ulong)~BitConverter.SingleToUInt32Bits(probability) << 32 | (uint)id;

    static float Probability(ulong key) => BitConverter.UInt32BitsToSingle(~(uint)(key >> 32));
}
