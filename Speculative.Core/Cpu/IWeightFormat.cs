namespace Speculative;

/// <summary>
/// How stored numbers become floats. A kernel reads a weight row in blocks of two vectors; activations lie in the matching order, see
/// <see cref="Layout"/>.
/// </summary>
unsafe interface IWeightFormat
{
    /// <summary>Bytes a number.</summary>
    static abstract int Size { get; }

    /// <summary>The order in which this format's blocks deliver their numbers.</summary>
    static abstract ActivationLayout Layout { get; }

    /// <summary>The first vector of a block.</summary>
    static abstract TVector First<TLanes, TVector>(byte* block) where TLanes : struct, ILanes<TVector> where TVector : struct;

    /// <summary>The second vector of a block.</summary>
    static abstract TVector Second<TLanes, TVector>(byte* block) where TLanes : struct, ILanes<TVector> where TVector : struct;

    /// <summary>One number.</summary>
    static abstract float Element(byte* source);
}
