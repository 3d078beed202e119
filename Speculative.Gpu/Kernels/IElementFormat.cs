namespace Speculative;

/// <summary>How an element of a weight or cache becomes an f32 inside a kernel; implemented by empty structs, so that the compiler inlines
/// it.</summary>
/// <typeparam name="T">The element as it is stored.</typeparam>
interface IElementFormat<T> where T : unmanaged
{
    /// <summary>The element's value; exact.</summary>
    float ToFloat(T element);
}
