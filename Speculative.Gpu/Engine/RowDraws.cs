using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// The tokens that sampling draws after the rows of a window, drawn on the device for all of them when the first is asked for: only they
/// come back. Call it under the gate.
/// </summary>
sealed class RowDraws(GpuForwardPass forward, DeviceTree drafted) : IDisposable
{
    const int Window = Workspace.MaxRows;

    DeviceBuffer? tokens;
    PageLockedArray1D<int>? table;
    StochasticSampling? sampling;
    long rootPosition;
    int window, drawn;

    /// <summary>Forgets what was drawn after rows from <paramref name="kept"/> on.</summary>
    public void Keep(int kept) => drawn = Math.Clamp(kept - window * Window, 0, drawn);

    /// <summary>The token after a row, or <see cref="ArgMaxKernel.NonFinite"/>.</summary>
    /// <param name="row">The row, of all.</param>
    /// <param name="wanted">How to draw.</param>
    /// <param name="position">The output position of the token after the root.</param>
    /// <param name="rows">The rows of the row's window whose logits are known.</param>
    /// <param name="logits">Those; [rows, vocabulary].</param>
    public int Token(int row, StochasticSampling wanted, long position, int rows, ArrayView<float> logits)
    {
        if (row / Window != window || position != rootPosition || !wanted.Equals(sampling))
            (window, rootPosition, sampling, drawn) = (row / Window, position, wanted, 0);
        if (row % Window >= drawn)
            Draw(wanted, rows, logits);
        return table!.Span[row % Window];
    }

    public void Dispose()
    {
        tokens?.Dispose();
        table?.Dispose();
    }

    void Draw(StochasticSampling wanted, int rows, ArrayView<float> logits)
    {
        tokens ??= new(forward.Context, Window * sizeof(int), "A sequence's draws");
        table ??= forward.Context.Accelerator.AllocatePageLocked1D<int>(Window);
        int vocabulary = forward.Config.VocabularySize, first = window * Window + drawn, count = rows - drawn;
        // A chain's table is that of one window: its depths begin anew in each.
        bool isChain = drafted.IsChain;
        ArrayView<int> depths = isChain ? forward.Chain(0, count).Depths : drafted.Tables(0, first, count).Depths.SubView(first);
        SamplingShape shape = SamplingShape.Of(wanted, vocabulary, rootPosition + (isChain ? first : 0));
        ArrayView<int> target = tokens.Integers.SubView(drawn, count);
        forward.Context.Kernels.SampleRows.Launch(
            forward.Stream, count, shape, depths, logits.SubView((long)drawn * vocabulary, (long)count * vocabulary), target);
        target.CopyTo(forward.Stream, table.ArrayView.SubView(drawn, count));
        forward.Stream.Synchronize();
        drawn = rows;
    }
}
