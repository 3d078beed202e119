using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>Rows whose length is a multiple of four, aligned to 16 bytes: one load of 128 bits.</summary>
readonly struct QuadRows : ILogitRows<ElementQuad>
{
    /// <inheritdoc/>
    public int Width => 4;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ElementQuad Load(ArrayView<ElementQuad> row, int quad)
    {
        ElementQuad loaded = new(float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity);
        if (quad < row.IntLength)
            loaded = row[quad];
        return loaded;
    }
}
