namespace Speculative;

/// <summary>
/// A number format in panels: how weights and activations are stored, and its product kernels; see <see cref="PanelLayout"/>. What a
/// kernel computes is defined bit for bit, for every vector width and number of rows.
/// </summary>
unsafe interface IPanelFormat
{
    /// <summary>The stored format that holds the same numbers: a panel's can be stored in it without loss.</summary>
    static abstract ElementType Stored { get; }

    /// <summary>The order of the activations.</summary>
    static abstract ActivationLayout Layout { get; }

    /// <summary>Bytes of a panel's group of weights.</summary>
    static abstract int GroupBytes { get; }

    /// <summary>Bytes of a row's group of activations.</summary>
    static abstract int ActivationBytes { get; }

    /// <summary>Stores 32 inputs of one output in a panel's group.</summary>
    /// <param name="values">32 floats.</param>
    /// <param name="output">0 to 31.</param>
    /// <param name="group">The panel's group.</param>
    static abstract void Pack(float* values, int output, byte* group);

    /// <summary>Brings 32 inputs of one output back into the stored format.</summary>
    /// <param name="group">The panel's group.</param>
    /// <param name="output">0 to 31.</param>
    /// <param name="stored">Receives 32 numbers.</param>
    static abstract void Unpack(byte* group, int output, byte* stored);

    /// <summary>Stores 32 activations of each row of a block in a group.</summary>
    /// <param name="values">[rows][stride].</param>
    /// <param name="stride">Floats from row to row.</param>
    /// <param name="rows">Rows of the block; 1 to 8.</param>
    /// <param name="group">The block's group.</param>
    static abstract void Prepare(float* values, long stride, int rows, byte* group);

    /// <summary>The products of some rows with a panel.</summary>
    /// <param name="weights">The panel.</param>
    /// <param name="activations">The block of the rows.</param>
    /// <param name="groups">Groups of inputs.</param>
    /// <param name="later">What to ask for meanwhile.</param>
    /// <param name="totals">[rows][32]; the sums go on from here.</param>
    static abstract void Multiply<TRows, TLanes, TVector>(byte* weights, byte* activations, int groups, PanelPrefetch later, float* totals)
        where TRows : struct, IRowCount where TLanes : struct, IPanelLanes<TVector> where TVector : struct;
}
