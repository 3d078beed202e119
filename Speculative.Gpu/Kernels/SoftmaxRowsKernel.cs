using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// The soft-max of every row of logits over a temperature: what rules that compare distributions need. A row with NaN or positive infinity
/// becomes NaN throughout. Portable.
/// </summary>
/// <remarks>
/// Layout: logits and probabilities [rows, vocabulary], may be the same memory. Grid: one group a row; a thread takes every groupSize-th
/// token. The sum is one of integers (<see cref="TokenWeight"/>), so a row's bits do not depend on the group's size. Cost: three reads and
/// a write of the row, two of them from the cache. Oracle: <see cref="TokenDistribution"/>.
/// </remarks>
sealed class SoftmaxRowsKernel(Accelerator accelerator)
{
    const int MaxGroupSize = 256;

    readonly Action<AcceleratorStream, KernelConfig, int, float, ArrayView<float>, ArrayView<float>> kernel =
        accelerator.LoadKernel<int, float, ArrayView<float>, ArrayView<float>>(Run);

    readonly int groupSize = GroupSize.AtMost(MaxGroupSize, accelerator);

    /// <summary>Computes the probabilities of <paramref name="rows"/> rows.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="rows">The rows; at least 1.</param>
    /// <param name="vocabulary">The length of a row; 1 to <see cref="SampleRowsKernel.MaxVocabulary"/>.</param>
    /// <param name="temperature">Divides the logits; above 0.</param>
    /// <param name="logits">The logits; [rows, vocabulary].</param>
    /// <param name="probabilities">Receives the probabilities; [rows, vocabulary].</param>
    /// <exception cref="ArgumentException">A view is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public void Launch(
        AcceleratorStream stream, int rows, int vocabulary, float temperature, ArrayView<float> logits, ArrayView<float> probabilities)
    {
        KernelGuard.ThrowIfOutside(rows, 1, int.MaxValue);
        KernelGuard.ThrowIfOutside(vocabulary, 1, SampleRowsKernel.MaxVocabulary);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        KernelGuard.ThrowIfShorter(logits, (long)rows * vocabulary, "rows x vocabulary");
        KernelGuard.ThrowIfShorter(probabilities, (long)rows * vocabulary, "rows x vocabulary");
        kernel(stream, (rows, groupSize), vocabulary, temperature, logits, probabilities);
    }

    [KernelEntry(MaxGroupSize, maxRegisters: 40)]
    static void Run(int vocabulary, float temperature, ArrayView<float> logits, ArrayView<float> probabilities)
    {
        ArrayView<float> largest = SharedMemory.Allocate<float>(MaxGroupSize);
        ArrayView<ulong> masses = SharedMemory.Allocate<ulong>(MaxGroupSize);
        ArrayView<float> row = logits.SubView((long)Grid.IdxX * vocabulary, vocabulary);
        ArrayView<float> result = probabilities.SubView((long)Grid.IdxX * vocabulary, vocabulary);
        float max = GroupReduction.Max(row, largest);
        ulong mass = 0;
        for (int i = Group.IdxX; i < vocabulary; i += Group.DimX)
            mass += TokenWeight.Mass(TokenWeight.Of(row[i], max, temperature));
        float total = (long)GroupReduction.Sum(mass, masses) / TokenWeight.Unit;
        for (int i = Group.IdxX; i < vocabulary; i += Group.DimX)
            result[i] = max < float.PositiveInfinity ? TokenWeight.Of(row[i], max, temperature) / total : float.NaN;
    }
}
