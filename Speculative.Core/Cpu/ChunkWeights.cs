using System.Numerics;

namespace Speculative;

/// <summary>The soft-max of a chunk of positions: what its weights are relative to, and their sum.</summary>
/// <param name="Largest">The largest score; a position's weight is e^(score - this).</param>
/// <param name="Sum">The sum of the weights: lanes by position, then the lanes.</param>
readonly unsafe record struct ChunkWeights(float Largest, float Sum)
{
    /// <summary>Turns scores into weights.</summary>
    /// <param name="scores">In order of position; room for whole vectors.</param>
    /// <param name="length">At least 1.</param>
    public static ChunkWeights Of(float* scores, int length)
    {
        int width = Vector<float>.Count, padded = (length + width - 1) / width * width;
        new Span<float>(scores + length, padded - length).Fill(float.NegativeInfinity);
        Vector<float> most = new(float.NegativeInfinity), sums = default;
        for (int i = 0; i < padded; i += width)
            most = Vector.MaxNative(most, Vector.Load(scores + i)); // may miss NaN; the sum does not
        float largest = most[0];
        for (int i = 1; i < width; i++)
            largest = MathF.Max(largest, most[i]);
        for (int i = 0; i < padded; i += width)
        {
            Vector<float> weight = VectorMath.Exp(Vector.Load(scores + i) - new Vector<float>(largest));
            weight.Store(scores + i);
            sums += weight;
        }
        return new(largest, Vector.Sum(sums));
    }
}
