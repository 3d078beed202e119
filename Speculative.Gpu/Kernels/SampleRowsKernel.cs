using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// Draws a token after every node as plain sampling would at the node's output position: temperature, soft-max, top-k, top-p, min-p, then
/// inversion of the cumulative distribution at the position's random number. <see cref="ArgMaxKernel.NonFinite"/> for a row with NaN or
/// positive infinity, or nothing but negative infinity. Portable.
/// </summary>
/// <remarks>
/// <para>Layout: logits [rows, vocabulary], depths and result [rows]. Grid: one group a row. All sums are integers
/// (<see cref="TokenWeight"/>): the token depends on nothing but the row, the filters, the seed and the position.</para>
/// <para>What the filters keep is a weight, all tokens above it, and so many of the tokens equal to it, lowest ids first
/// (<see cref="WeightThreshold"/>): found by four passes over the row with a histogram of the next eight bits, no sort. The draw gives each
/// thread a run of tokens; the run that holds the number is searched by its thread. Cost: three reads of the row, four more a filter, all
/// but the first from the cache. Oracle: <see cref="StochasticChooser"/>.</para>
/// </remarks>
sealed class SampleRowsKernel(Accelerator accelerator)
{
    /// <summary>The longest row, whose masses stay below 63 bits.</summary>
    public const int MaxVocabulary = 1 << 18;

    const int MaxGroupSize = 256;

    readonly Action<AcceleratorStream, KernelConfig, SamplingShape, ArrayView<int>, ArrayView<float>, ArrayView<int>> kernel =
        accelerator.LoadKernel<SamplingShape, ArrayView<int>, ArrayView<float>, ArrayView<int>>(Run);

    readonly int groupSize = GroupSize.AtMost(MaxGroupSize, accelerator);

    /// <summary>Draws.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="rows">The rows; at least 1.</param>
    /// <param name="shape">Sizes, filters, seed, and the output position of depth 0.</param>
    /// <param name="depths">The depth of each row's node; [rows].</param>
    /// <param name="logits">The logits; [rows, vocabulary].</param>
    /// <param name="tokens">Receives a token a row; [rows].</param>
    /// <exception cref="ArgumentException">A view is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public void Launch(
        AcceleratorStream stream, int rows, in SamplingShape shape, ArrayView<int> depths, ArrayView<float> logits, ArrayView<int> tokens)
    {
        KernelGuard.ThrowIfOutside(rows, 1, int.MaxValue);
        KernelGuard.ThrowIfOutside(shape.Vocabulary, 1, MaxVocabulary);
        KernelGuard.ThrowIfShorter(depths, rows, "rows");
        KernelGuard.ThrowIfShorter(logits, (long)rows * shape.Vocabulary, "rows x vocabulary");
        KernelGuard.ThrowIfShorter(tokens, rows, "rows");
        kernel(stream, (rows, groupSize), shape, depths, logits, tokens);
    }

    [KernelEntry(MaxGroupSize, maxRegisters: 80)]
    static void Run(SamplingShape shape, ArrayView<int> depths, ArrayView<float> logits, ArrayView<int> tokens)
    {
        ArrayView<float> largest = SharedMemory.Allocate<float>(MaxGroupSize);
        ArrayView<ulong> masses = SharedMemory.Allocate<ulong>(WeightThreshold.Bins);
        ArrayView<int> equals = SharedMemory.Allocate<int>(MaxGroupSize);
        ArrayView<ulong> found = SharedMemory.Allocate<ulong>(2);
        ArrayView<float> row = logits.SubView((long)Grid.IdxX * shape.Vocabulary, shape.Vocabulary);
        float max = GroupReduction.Max(row, largest);
        if (!(max < float.PositiveInfinity && max > float.NegativeInfinity))
        {
            if (Group.IdxX == 0)
                tokens[Grid.IdxX] = ArgMaxKernel.NonFinite;
            return;
        }
        WeightThreshold kept = new(0, int.MaxValue);
        if (shape.TopK < shape.Vocabulary)
            kept = WeightThreshold.OfCount(shape.TopK, row, max, shape.Temperature, masses, found);
        int run = (shape.Vocabulary - 1) / Group.DimX + 1, first = Group.IdxX * run;
        int end = IntrinsicMath.Min(first + run, shape.Vocabulary);
        ulong mass = kept.Mass(row, first, end, max, shape.Temperature, equals);
        if (shape.TopP < SamplingShape.AllMass)
        {
            ulong wanted = TokenWeight.Share(shape.TopP << 32, GroupReduction.Sum(mass, masses));
            kept = kept.And(WeightThreshold.OfMass(wanted, row, max, shape.Temperature, masses, found));
        }
        if (shape.MinP > 0)
            kept = kept.And(new(TokenWeight.Bits(shape.MinP), int.MaxValue));
        mass = kept.Mass(row, first, end, max, shape.Temperature, equals);
        ulong total = GroupReduction.Sum(mass, masses);
        ulong draw = TokenWeight.Share(Uniform(shape, depths[Grid.IdxX]), total);
        Group.Barrier();
        masses[Group.IdxX] = mass;
        Group.Barrier();
        ulong before = 0;
        for (int thread = 0; thread < Group.IdxX; thread++)
            before += masses[thread];
        if (draw >= before && draw < before + mass)
            tokens[Grid.IdxX] = kept.Find(draw - before, row, first, end, max, shape.Temperature, equals);
    }

    // The position's number as 64 bits of which 53 are random, as RandomSource.Uniform has them.
    static ulong Uniform(SamplingShape shape, int depth)
    {
        (uint low, uint high) = new RandomSource(shape.Seed).Block((ulong)(shape.Position + depth));
        return ((ulong)high << 32 | low) & ~0x7ffUL;
    }
}
