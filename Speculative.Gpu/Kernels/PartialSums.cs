using ILGPU;

namespace Speculative;

/// <summary>What a product that is split over its inputs leaves to the kernel after it: its partial sums, added in the order of the
/// splits.</summary>
static class PartialSums
{
    /// <summary>An element of the product.</summary>
    /// <param name="partials">The partial sums; [splits, elements].</param>
    /// <param name="element">The element.</param>
    /// <param name="step">The elements of a split.</param>
    /// <param name="splits">At least 1.</param>
    public static float Of(ArrayView<float> partials, long element, long step, int splits)
    {
        float sum = partials[element];
        for (int split = 1; split < splits; split++)
            sum += partials[element + split * step];
        return sum;
    }
}
