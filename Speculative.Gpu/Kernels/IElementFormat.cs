namespace Speculative;

/// <summary>How an element of a weight, a cache or an activation becomes an f32 inside a kernel, and back; implemented by empty structs, so
/// that the compiler inlines it.</summary>
/// <typeparam name="T">The element as it is stored.</typeparam>
interface IElementFormat<T> where T : unmanaged
{
    /// <summary>The element's value; exact.</summary>
    float ToFloat(T element);

    /// <summary>The element nearest to a value, even among two; NaN stays NaN.</summary>
    T FromFloat(float value);
}
