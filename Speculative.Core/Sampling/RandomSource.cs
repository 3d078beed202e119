namespace Speculative;

/// <summary>
/// A counter-based generator: every number is a function of the seed, a stream and an index, so it can be asked for in any order and from
/// anywhere, and two runs that visit other indices in between still agree on those they share.
/// </summary>
/// <remarks>
/// Philox 4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011). Stateless, hence thread-safe.
/// </remarks>
/// <param name="Seed">Chooses the sequence.</param>
/// <param name="Stream">Separates uses of one seed that must be independent, such as verification and drafting.</param>
public readonly record struct RandomSource(ulong Seed, ulong Stream = 0)
{
    /// <summary>The stream that acceptance rules decide with. Stream 0 draws the target's tokens.</summary>
    public const ulong AcceptanceStream = 1;

    /// <summary>The stream that drafters draw with: independent of acceptance, which losslessness needs.</summary>
    public const ulong DraftingStream = 2;

    const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57, Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;

    /// <summary>The number at an index: uniform in [0, 1), a multiple of 2^-53.</summary>
    /// <param name="index">Which number.</param>
    public double Uniform(ulong index)
    {
        var (low, high) = Block(index);
        return (((ulong)high << 32 | low) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>Two words of the Philox block whose counter is (index, stream) and whose key is the seed.</summary>
    internal (uint, uint) Block(ulong index)
    {
        uint x0 = (uint)index, x1 = (uint)(index >> 32), x2 = (uint)Stream, x3 = (uint)(Stream >> 32);
        uint key0 = (uint)Seed, key1 = (uint)(Seed >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong product0 = (ulong)Multiplier0 * x0, product1 = (ulong)Multiplier1 * x2;
            (x0, x1, x2, x3) = ((uint)(product1 >> 32) ^ x1 ^ key0, (uint)product1, (uint)(product0 >> 32) ^ x3 ^ key1, (uint)product0);
            key0 += Weyl0;
            key1 += Weyl1;
        }
        return (x0, x1);
    }
}
