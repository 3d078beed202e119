namespace Speculative;

/// <summary>A number format that the cache stores as it goes.</summary>
unsafe interface ICacheFormat : IWeightFormat
{
    /// <summary>The largest number that is stored, where numbers need a scale; else 0.</summary>
    static abstract float Largest { get; }

    /// <summary>Stores the nearest number, ties to even.</summary>
    static abstract void Write(float value, byte* target);
}
