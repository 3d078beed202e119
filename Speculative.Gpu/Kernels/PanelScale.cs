using ILGPU;

namespace Speculative;

/// <summary>The half-precision scale of 32 weights while they are rounded.</summary>
/// <param name="Bits">Its bits.</param>
/// <param name="Inverse">What a weight is multiplied by to be a level; 0 for a scale of 0.</param>
readonly record struct PanelScale(ushort Bits, float Inverse)
{
    // The last place of a number from 2^23 to 2^24 is 1: added to it, a small number is rounded to an integer, ties to even.
    const float Rounding = 12582912;

    /// <summary>The nearest scale.</summary>
    public static PanelScale Of(float scale)
    {
        ushort bits = default(Float16Format).FromFloat(scale);
        return new(bits, (bits & 0x7fff) == 0 ? 0 : 1 / default(Float16Format).ToFloat(bits));
    }

    /// <summary>The level of a weight, ties to even.</summary>
    public int Level(float weight) =>
        (int)Interop.FloatAsInt(weight * Inverse + Rounding) - (int)Interop.FloatAsInt(Rounding);

    /// <summary>Stores the scale.</summary>
    public void Store(ArrayView<byte> panels, long at)
    {
        panels[at] = (byte)Bits;
        panels[at + 1] = (byte)(Bits >> 8);
    }
}
