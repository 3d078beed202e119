using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>Rows of any length, wherever they begin: four loads.</summary>
readonly struct SingleRows : ILogitRows<float>
{
    /// <inheritdoc/>
    public int Width => 1;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ElementQuad Load(ArrayView<float> row, int quad)
    {
        int first = quad * 4;
        return new(One(row, first), One(row, first + 1), One(row, first + 2), One(row, first + 3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float One(ArrayView<float> row, int token)
    {
        float logit = float.NegativeInfinity;
        if (token < row.IntLength)
            logit = row[token];
        return logit;
    }
}
