namespace Speculative;

/// <summary>
/// The random numbers of one tensor of <see cref="RandomWeights"/>: uniform numbers of variance 1 / columns, norms around 1, so that
/// activations keep their size from layer to layer. Each is a function of its index, wherever it is computed.
/// </summary>
readonly struct RandomTensor
{
    const ulong Step = 0x9E3779B97F4A7C15, Mixer = 0xD6E8FEB86659FD93;

    readonly ulong state;

    public RandomTensor(string name, int columns, ulong seed)
    {
        state = seed * Step;
        foreach (char letter in name)
            state = (state ^ letter) * Mixer;
        bool norm = name.EndsWith("norm.weight", StringComparison.Ordinal);
        (Mean, Scale) = (norm ? 1 : 0, (norm ? 0.1f : MathF.Sqrt(3f / columns)) / (1L << 31));
    }

    /// <summary>The mean of the numbers.</summary>
    public float Mean { get; }

    /// <summary>What a random 32-bit integer is multiplied by.</summary>
    public float Scale { get; }

    /// <summary>What <see cref="Number"/> counts from for the numbers from an index on.</summary>
    public ulong StateBefore(long first) => state + (ulong)first * Step;

    /// <summary>The number at an index.</summary>
    public static float Number(ulong state, long index, float mean, float scale)
    {
        ulong at = state + (ulong)(index + 1) * Step;
        ulong mixed = (at ^ at >> 32) * Mixer;
        return mean + (int)(mixed >> 32) * scale;
    }
}
