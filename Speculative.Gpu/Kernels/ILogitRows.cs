using ILGPU;

namespace Speculative;

/// <summary>How a kernel reads a row of logits, four at a time.</summary>
interface ILogitRows<T> where T : unmanaged
{
    /// <summary>The logits of an element: a constant.</summary>
    int Width { get; }

    /// <summary>Four neighbouring logits, from token 4 x <paramref name="quad"/> on; negative infinity behind the row's end.</summary>
    ElementQuad Load(ArrayView<T> row, int quad);
}
