using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Speculative;

/// <summary>
/// Works on strips, the form of keys and values in the cache: streams of steps of 32 neighbouring columns. A block of keys is a strip with
/// a step for each dimension, its columns are slots; values are strips with a step for each slot, their columns are dimensions. One
/// subclass a number format and vector width.
/// </summary>
abstract unsafe class StripKernel
{
    /// <summary>Columns of a strip.</summary>
    public const int Columns = 32;

    /// <summary>The most rows of a product.</summary>
    public const int MaxRows = 8;

    /// <summary>Bytes from one step to the next.</summary>
    public abstract int StepBytes { get; }

    /// <summary>Whether what is stored has to be multiplied by a scale.</summary>
    public abstract bool Scaled { get; }

    public static int RoundUp(int columns) => (columns + Columns - 1) / Columns * Columns;

    /// <summary>The rows that <see cref="Multiply"/> reads and writes.</summary>
    public static int Padded(int rows) => rows == 1 ? 1 : (rows + 3) / 4 * 4;

    /// <summary>
    /// target[row][column] = sum over the steps, in this order, of left[row][step] * strip[step][column]: a chain of fused multiply-adds
    /// from 0 on.
    /// </summary>
    /// <param name="strip">The first step.</param>
    /// <param name="steps">How many; with none, the target is cleared.</param>
    /// <param name="left">[<see cref="Padded"/> rows][<paramref name="leftStride"/>].</param>
    /// <param name="leftStride">Floats from row to row.</param>
    /// <param name="target">[<see cref="Padded"/> rows][<paramref name="targetStride"/>], 32 columns of it.</param>
    /// <param name="targetStride">Floats from row to row.</param>
    /// <param name="rows">1 to 8.</param>
    public abstract void Multiply(byte* strip, int steps, float* left, int leftStride, float* target, int targetStride, int rows);

    /// <summary>Goes on with the chains of one row: target[column] += left[i] * strip[steps[i]][column], for all i in this order.</summary>
    public abstract void Add(byte* strip, ReadOnlySpan<int> steps, float* left, float* target);

    /// <summary>Asks for successive steps, to be read soon.</summary>
    public abstract void Prefetch(byte* strip, int steps);

    /// <summary>Stores numbers in one column of successive steps.</summary>
    /// <returns>Their scale; 1 where the format has none, NaN where a number is not finite and the format cannot tell.</returns>
    public abstract float StoreColumn(float* values, int count, byte* strip, int column);

    /// <summary>Stores numbers in one step of successive strips.</summary>
    /// <param name="values">The numbers.</param>
    /// <param name="count">How many.</param>
    /// <param name="step">The first strip's step.</param>
    /// <param name="stripBytes">Bytes from one strip to the next.</param>
    /// <returns>As <see cref="StoreColumn"/>.</returns>
    public abstract float StoreStep(float* values, int count, byte* step, long stripBytes);

    /// <summary>Copies a column of successive steps to a column of another strip, or of the same one.</summary>
    public abstract void CopyColumn(byte* from, int fromColumn, byte* to, int toColumn, int steps);

    /// <summary>The kernel of a format with the widest vectors of this machine.</summary>
    public static StripKernel Create(CacheFormat format) =>
        Create(format, Avx512F.IsSupported ? 512 : Avx2.IsSupported ? 256 : 128);

    /// <summary>The kernel of a format with vectors of a given width in bits.</summary>
    public static StripKernel Create(CacheFormat format, int vectorBits) => vectorBits switch
    {
        512 => Create<Lanes512, Vector512<float>>(format),
        256 => Create<Lanes256, Vector256<float>>(format),
        _ => Create<Lanes128, Vector128<float>>(format),
    };

    static StripKernel Create<TLanes, TVector>(CacheFormat format)
        where TLanes : struct, ILanes<TVector> where TVector : struct =>
        format switch
        {
            CacheFormat.F32 => new FormatStripKernel<F32Format, TLanes, TVector>(),
            CacheFormat.BF16 => new FormatStripKernel<BF16Format, TLanes, TVector>(),
            CacheFormat.Int8 => new FormatStripKernel<Int8Format, TLanes, TVector>(),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Expected F32, BF16 or Int8."),
        };
}
