namespace Speculative;

/// <summary>
/// The vector operations that products over panels are made of, for one vector width; a vector's 32-bit lanes hold integers, the bits of
/// floats, or four bytes, as an operation says. All are exact or rounded once, so every width gives the same bits.
/// </summary>
unsafe interface IPanelLanes<TVector> where TVector : struct
{
    /// <summary>32-bit lanes a vector.</summary>
    static abstract int Count { get; }

    /// <summary>How many activation rows times two vectors of sums of bytes stay in registers; at most 8.</summary>
    static abstract int ByteRows { get; }

    /// <summary>The same of floats, which need fewer other registers; at most 8.</summary>
    static abstract int FloatRows { get; }

    static abstract TVector Load(void* source);

    static abstract void Store(TVector value, void* target);

    /// <summary>The same four bytes in every lane.</summary>
    static abstract TVector Broadcast(void* fourBytes);

    /// <summary>
    /// Per lane: sum + the four products of an unsigned and a signed byte. Two neighbouring products together must fit 16 bits.
    /// </summary>
    static abstract TVector Dot(TVector unsignedBytes, TVector signedBytes, TVector sum);

    /// <summary>
    /// Sums in the making, for products so small that 16 bits hold the sum of many: how they lie in a lane is the vectors' own affair. They
    /// begin as two 16-bit integers a lane.
    /// </summary>
    static abstract TVector BeginPartial(TVector shorts);

    /// <summary>Per lane: partial sums + the four products of an unsigned and a signed byte.</summary>
    static abstract TVector DotPartial(TVector unsignedBytes, TVector signedBytes, TVector partial);

    /// <summary>Per lane: what the partial sums come to.</summary>
    static abstract TVector SumPartial(TVector partial);

    /// <summary>Per byte: its low four bits.</summary>
    static abstract TVector LowNibbles(TVector bytes);

    /// <summary>Per byte: its high four bits.</summary>
    static abstract TVector HighNibbles(TVector bytes);

    /// <summary>Finite half-precision numbers as floats: exact.</summary>
    static abstract TVector Halves(void* source);

    /// <summary>Per lane: the product of two floats.</summary>
    static abstract TVector Multiply(TVector left, TVector right);

    /// <summary>Per lane: (float)integer * factor + addend, the latter two floats, rounded once after the conversion.</summary>
    static abstract TVector MultiplyAdd(TVector integer, TVector factor, TVector addend);

    /// <summary>Per lane: left * right + addend, three floats, rounded once.</summary>
    static abstract TVector MultiplyAddFloats(TVector left, TVector right, TVector addend);

    /// <summary>Per lane: its lower 16 bits as the upper half of a float.</summary>
    static abstract TVector LowerHalves(TVector value);

    /// <summary>Per lane: its upper 16 bits as the upper half of a float.</summary>
    static abstract TVector UpperHalves(TVector value);
}
