namespace Speculative;

/// <summary>Weight formats with a scale for 32 inputs, as the CPU engine's panels define them.</summary>
enum QuantizedFormat
{
    /// <summary><see cref="Int8Panel"/>.</summary>
    Int8,

    /// <summary><see cref="Int4Panel"/>.</summary>
    Int4,
}
