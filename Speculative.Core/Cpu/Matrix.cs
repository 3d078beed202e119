using System.Runtime.Intrinsics;

namespace Speculative;

/// <summary>
/// A weight matrix [<see cref="Outputs"/>][<see cref="Inputs"/>] ready to be multiplied with a few rows of activations. One subclass a
/// storage scheme; a pass knows only this class.
/// </summary>
/// <remarks>
/// Row-invariance is every subclass's duty: an output element is accumulated over the inputs in one order that depends on neither the
/// number of rows nor the range of outputs.
/// </remarks>
abstract unsafe class Matrix(int outputs, int inputs)
{
    public int Outputs { get; } = outputs;

    public int Inputs { get; } = inputs;

    /// <summary>Ranges of outputs begin at a multiple of this.</summary>
    public abstract int OutputBlock { get; }

    /// <summary>The order of activations that <see cref="Multiply"/> reads.</summary>
    public abstract ActivationLayout Layout { get; }

    /// <summary>Bytes of <paramref name="rows"/> rows in <see cref="Layout"/>.</summary>
    public abstract long PreparedBytes(int rows, int stride);

    /// <summary>
    /// Brings a part of some rows into <see cref="Layout"/>; only called where that is not <see cref="ActivationLayout.Natural"/>. Parts
    /// are independent of each other.
    /// </summary>
    /// <param name="source">[rows][stride], in natural order.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="stride">Floats from row to row.</param>
    /// <param name="target"><see cref="PreparedBytes"/> bytes, aligned to cache lines.</param>
    /// <param name="part">0 to <paramref name="parts"/> - 1.</param>
    /// <param name="parts">How many parts make the whole.</param>
    public abstract void Prepare(float* source, int rows, int stride, void* target, int part, int parts);

    /// <summary>y[m][n] = sum over k of x[m][k] * w[n][k], for all rows m and the outputs n of a range.</summary>
    /// <param name="x">The rows in <see cref="Layout"/>.</param>
    /// <param name="rows">How many rows; 1 to <see cref="PassRows.MaxRows"/>.</param>
    /// <param name="xStride">Floats from row to row before they were prepared.</param>
    /// <param name="from">The first output.</param>
    /// <param name="to">The output after the last.</param>
    /// <param name="y">[rows][<paramref name="yStride"/>]; output n goes to column n.</param>
    /// <param name="yStride">Floats from row to row.</param>
    public abstract void Multiply(void* x, int rows, int xStride, int from, int to, float* y, long yStride);

    /// <summary>Wraps stored weights, where they are, with the widest vectors of this machine.</summary>
    public static Matrix Create(Weight weight) =>
        Create(weight, Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128);

    /// <summary>Wraps stored weights, where they are, with vectors of a given width in bits.</summary>
    public static Matrix Create(Weight weight, int vectorBits) => vectorBits switch
    {
        512 => Create<Lanes512, Vector512<float>>(weight),
        256 => Create<Lanes256, Vector256<float>>(weight),
        _ => Create<Lanes128, Vector128<float>>(weight),
    };

    static Matrix Create<TLanes, TVector>(Weight weight) where TLanes : struct, ILanes<TVector> where TVector : struct => weight.Type switch
    {
        ElementType.F32 => new DenseMatrix<F32Format, TLanes, TVector>(weight),
        ElementType.BF16 => new DenseMatrix<BF16Format, TLanes, TVector>(weight),
        ElementType.F16 => new DenseMatrix<F16Format, TLanes, TVector>(weight),
        _ => throw new ArgumentOutOfRangeException(nameof(weight), weight.Type, "Expected F32, F16 or BF16."),
    };
}
