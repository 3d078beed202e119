namespace Speculative;

/// <summary>The half-precision scales of rounded weights, at the start of a panel's group.</summary>
static unsafe class WeightScales
{
    /// <summary>Stores the scale of an output. Kernels take every scale for finite: others would be large numbers to them.</summary>
    /// <exception cref="ModelFormatException">It is not finite.</exception>
    public static void Store(Half scale, int output, byte* group) => ((Half*)group)[output] = Half.IsFinite(scale)
        ? scale
        : throw new ModelFormatException("expected weights with a finite half-precision scale, found NaN, infinity or too large ones: "
            + "take another file, or a precision that does not round.");

    /// <summary>The scale of an output.</summary>
    public static Half Load(int output, byte* group) => ((Half*)group)[output];
}
