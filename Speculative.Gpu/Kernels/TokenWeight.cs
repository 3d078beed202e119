using ILGPU;
using ILGPU.Algorithms;

namespace Speculative;

/// <summary>
/// A token's weight in a row, exp((logit - largest) / temperature), and its mass: the weight in units of 2^-44, an integer, so that sums
/// are exact and the same in every order. A token below 2^-44 of the most likely one has no mass and is never drawn.
/// </summary>
static class TokenWeight
{
    /// <summary>2^44: the masses of 2^18 tokens stay below 63 bits.</summary>
    public const float Unit = 17592186044416f;

    /// <summary>The weight; 1 for the largest logit.</summary>
    public static float Of(float logit, float max, float temperature) => XMath.Exp((logit - max) / temperature);

    /// <summary>The mass of a weight.</summary>
    public static ulong Mass(float weight) => (ulong)(long)(weight * Unit);

    /// <summary>The bits of a weight, which order as weights do.</summary>
    public static uint Bits(float weight) => Interop.FloatAsInt(weight);

    /// <summary>The upper half of a product: <paramref name="share"/> / 2^64 of <paramref name="mass"/>, rounded down.</summary>
    public static ulong Share(ulong share, ulong mass)
    {
        ulong low = (share & 0xffffffff) * (mass & 0xffffffff), middle = (share >> 32) * (mass & 0xffffffff) + (low >> 32);
        ulong other = (share & 0xffffffff) * (mass >> 32) + (middle & 0xffffffff);
        return (share >> 32) * (mass >> 32) + (middle >> 32) + (other >> 32);
    }
}
