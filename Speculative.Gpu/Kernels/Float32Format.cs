namespace Speculative;

/// <summary>Elements that are f32 already.</summary>
readonly struct Float32Format : IElementFormat<float>
{
    /// <inheritdoc/>
    public float ToFloat(float element) => element;

    /// <inheritdoc/>
    public float FromFloat(float value) => value;
}
