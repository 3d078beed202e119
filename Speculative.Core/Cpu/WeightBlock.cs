namespace Speculative;

/// <summary>
/// A few neighbouring weight rows, as a kernel sees them. Rows beyond the last stand for the last: computed twice, stored alike.
/// </summary>
readonly unsafe struct WeightBlock(byte* first, long rowBytes, int inputs, int output, int last)
{
    /// <summary>Numbers a row.</summary>
    public readonly int Inputs = inputs;

    public byte* Row(int index) => first + Math.Min(index, last - output) * rowBytes;

    /// <summary>Bytes from a row to the one that is <paramref name="rows"/> further on; may lie beyond the matrix.</summary>
    public nint Ahead(int rows) => (nint)(rows * rowBytes);

    /// <summary>The output that row <paramref name="index"/> computes.</summary>
    public int Output(int index) => Math.Min(output + index, last);
}
