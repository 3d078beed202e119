namespace Speculative;

/// <summary>
/// A weight format with one scale for 32 inputs of an output: how numbers are stored, and its product kernels. The result is defined bit
/// for bit, see <see cref="QuantizedMatrix{TFormat, TLanes, TVector}"/>.
/// </summary>
unsafe interface IQuantizedFormat
{
    /// <summary>Bytes of a panel's weights and scales for one group of inputs; see <see cref="QuantizedLayout"/>.</summary>
    static abstract int GroupBytes { get; }

    /// <summary>Activations are rounded to integers from -levels to levels.</summary>
    static abstract int ActivationLevels { get; }

    /// <summary>Quantizes 32 inputs of one output into its places in a panel's group.</summary>
    /// <param name="values">32 finite floats.</param>
    /// <param name="output">0 to 31.</param>
    /// <param name="group">The panel's group.</param>
    static abstract void Pack(float* values, int output, byte* group);

    /// <summary>The integer with which a row's sum begins, so that weights can be stored without sign.</summary>
    /// <param name="even">The sum of the quantized activations at inputs 0 and 1 of each quad.</param>
    /// <param name="odd">The same for inputs 2 and 3.</param>
    static abstract int Correction(int even, int odd);

    /// <summary>totals[0][output] += the group sums of one row (the first of a block).</summary>
    static abstract void Multiply1<TLanes, TVector>(byte* weights, byte* activations, int groups, float* totals)
        where TLanes : struct, IDotLanes<TVector> where TVector : struct;

    /// <summary>Four rows; <paramref name="activations"/> points to the first of them.</summary>
    static abstract void Multiply4<TLanes, TVector>(byte* weights, byte* activations, int groups, float* totals)
        where TLanes : struct, IDotLanes<TVector> where TVector : struct;

    /// <summary>Eight rows.</summary>
    static abstract void Multiply8<TLanes, TVector>(byte* weights, byte* activations, int groups, float* totals)
        where TLanes : struct, IDotLanes<TVector> where TVector : struct;
}
