using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>
/// The tokens with the largest logits of every row in descending order, lower ids first among equals;
/// <see cref="ArgMaxKernel.NonFinite"/> in all places of a row that holds NaN or positive infinity. Portable.
/// </summary>
/// <remarks>
/// <para>Layout: logits [rows, vocabulary], tokens [rows, count]. Grid: one group a row. A logit and its token are one integer
/// (<see cref="RankKey"/>), so the order is total and neither the group's size nor who comes first changes anything. A thread takes every
/// groupSize-th four logits and keeps its best eight (<see cref="BestKeys"/>): the best eight of the row are among them.</para>
/// <para>Threads fall into eight classes. Each class holds a key at least as large as its mark, so the row has eight that are at least the
/// lowest mark, and whatever is below it is passed over: while reading, where marks rise, and at the end, where a few dozen candidates are
/// left as a rule, each of which counts how many precede it.</para>
/// <para>Cost: one read of the logits for every eight places. Oracle: a sorted row in the tests.</para>
/// </remarks>
sealed class TopKKernel(Accelerator accelerator)
{
    const int MaxGroupSize = 512, Places = BestKeys.Count;

    readonly Action<AcceleratorStream, KernelConfig, int, int, ArrayView<ElementQuad>, ArrayView<int>> quads =
        accelerator.LoadKernel<int, int, ArrayView<ElementQuad>, ArrayView<int>>(RunQuads);

    readonly Action<AcceleratorStream, KernelConfig, int, int, ArrayView<float>, ArrayView<int>> singles =
        accelerator.LoadKernel<int, int, ArrayView<float>, ArrayView<int>>(RunSingles);

    readonly int groupSize = GroupSize.AtMost(MaxGroupSize, accelerator);

    /// <summary>Ranks <paramref name="rows"/> rows.</summary>
    /// <param name="stream">The stream to launch on.</param>
    /// <param name="rows">The rows; at least 1.</param>
    /// <param name="vocabulary">The length of a row; at least 1.</param>
    /// <param name="count">The places; 1 to <paramref name="vocabulary"/>.</param>
    /// <param name="logits">The logits; [rows, vocabulary].</param>
    /// <param name="tokens">Receives token ids; [rows, count].</param>
    /// <exception cref="ArgumentException">A view is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of range.</exception>
    public void Launch(AcceleratorStream stream, int rows, int vocabulary, int count, ArrayView<float> logits, ArrayView<int> tokens)
    {
        KernelGuard.ThrowIfOutside(rows, 1, int.MaxValue);
        KernelGuard.ThrowIfOutside(vocabulary, 1, int.MaxValue - 16 * MaxGroupSize);
        KernelGuard.ThrowIfOutside(count, 1, vocabulary);
        KernelGuard.ThrowIfShorter(logits, (long)rows * vocabulary, "rows x vocabulary");
        KernelGuard.ThrowIfShorter(tokens, (long)rows * count, "rows x count");
        if (vocabulary % 4 == 0 && KernelGuard.OffsetOf(logits) % 16 == 0)
            quads(stream, (rows, groupSize), vocabulary, count, logits.SubView(0, (long)rows * vocabulary).Cast<ElementQuad>(), tokens);
        else
            singles(stream, (rows, groupSize), vocabulary, count, logits, tokens);
    }

    [KernelEntry(MaxGroupSize, maxRegisters: 64, Instructions = ["LDG.E.128"])]
    static void RunQuads(int vocabulary, int count, ArrayView<ElementQuad> logits, ArrayView<int> tokens) =>
        Rank<ElementQuad, QuadRows>(vocabulary, count, logits, tokens);

    [KernelEntry(MaxGroupSize, maxRegisters: 64)]
    static void RunSingles(int vocabulary, int count, ArrayView<float> logits, ArrayView<int> tokens) =>
        Rank<float, SingleRows>(vocabulary, count, logits, tokens);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Rank<T, TRows>(int vocabulary, int count, ArrayView<T> logits, ArrayView<int> tokens)
        where T : unmanaged where TRows : struct, ILogitRows<T>
    {
        ArrayView<uint> marks = SharedMemory.Allocate<uint>(Places + 1);
        ArrayView<ulong> largest = SharedMemory.Allocate<ulong>(MaxGroupSize);
        ArrayView<ulong> candidates = SharedMemory.Allocate<ulong>(MaxGroupSize * Places);
        ArrayView<ulong> last = SharedMemory.Allocate<ulong>(1);
        ArrayView<int> length = SharedMemory.Allocate<int>(1);
        int width = vocabulary / default(TRows).Width;
        ArrayView<T> row = logits.SubView((long)Grid.IdxX * width, width);
        ArrayView<int> ranked = tokens.SubView((long)Grid.IdxX * count, count);
        ulong below = ulong.MaxValue;
        bool broken = false;
        for (int place = 0; place < count; place += Places)
        {
            for (int i = Group.IdxX; i <= Places; i += Group.DimX)
                marks[i] = 0;
            if (Group.IdxX == 0)
                length[0] = 0;
            Group.Barrier();
            BestKeys best = Scan<T, TRows>(row, below, marks);
            Reduce(best.First, largest);
            ulong floor = Group.DimX < Places ? 1 : ulong.MaxValue; // a class without a thread has no key
            for (int i = 0; i < IntrinsicMath.Min(Places, Group.DimX); i++)
            {
                floor = IntrinsicMath.Min(floor, largest[i]);
                broken |= RankKey.IsBroken(largest[i]); // nothing is larger, so the first round finds it
            }
            best.Append(IntrinsicMath.Max(floor, 1), candidates, length);
            Group.Barrier();
            for (int i = Group.IdxX; i < length[0]; i += Group.DimX)
            {
                ulong key = candidates[i];
                int rank = place;
                for (int other = 0; other < length[0]; other++)
                    rank += candidates[other] > key ? 1 : 0;
                if (rank < IntrinsicMath.Min(place + Places, count))
                    ranked[rank] = broken ? ArgMaxKernel.NonFinite : RankKey.Token(key);
                if (rank == place + Places - 1)
                    last[0] = key;
            }
            Group.Barrier();
            below = last[0];
        }
    }

    /// <summary>A thread's best keys below a key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static BestKeys Scan<T, TRows>(ArrayView<T> row, ulong below, ArrayView<uint> marks)
        where T : unmanaged where TRows : struct, ILogitRows<T>
    {
        BestKeys best = default;
        for (int quad = Group.IdxX; quad * 4 < row.IntLength * default(TRows).Width; quad += 2 * Group.DimX)
        {
            ElementQuad first = default(TRows).Load(row, quad);
            ElementQuad second = default(TRows).Load(row, quad + Group.DimX);
            if (!IsBelow(first, RankKey.Logit(marks[Places])))
                Offer(ref best, first, quad * 4, below, marks);
            if (!IsBelow(second, RankKey.Logit(marks[Places])))
                Offer(ref best, second, (quad + Group.DimX) * 4, below, marks);
        }
        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool IsBelow(ElementQuad quad, float floor) => quad.X < floor & quad.Y < floor & quad.Z < floor & quad.W < floor;

    /// <summary>Raises the mark of this thread's class and the lowest mark, behind the others, then keeps what is not below it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Offer(ref BestKeys best, ElementQuad quad, int token, ulong below, ArrayView<uint> marks)
    {
        ulong x = Below(quad.X, token, below), y = Below(quad.Y, token + 1, below);
        ulong z = Below(quad.Z, token + 2, below), w = Below(quad.W, token + 3, below);
        ulong top = IntrinsicMath.Max(IntrinsicMath.Max(x, y), IntrinsicMath.Max(z, w));
        if (top > best.First)
            Atomic.Max(ref marks[Group.IdxX % Places], RankKey.Order(top));
        uint lowest = marks[0];
        for (int i = 1; i < Places; i++)
            lowest = IntrinsicMath.Min(lowest, marks[i]);
        Atomic.Max(ref marks[Places], lowest);
        // Keys of the lowest mark's own logit are above this, whatever their token.
        ulong least = IntrinsicMath.Max(best.Last, (ulong)lowest << 32);
        if (x > least)
            best.Insert(x);
        if (y > least)
            best.Insert(y);
        if (z > least)
            best.Insert(z);
        if (w > least)
            best.Insert(w);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong Below(float logit, int token, ulong below)
    {
        ulong key = RankKey.Of(logit, token);
        return key < below ? key : 0;
    }

    /// <summary>Leaves the largest key of each class.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Reduce(ulong first, ArrayView<ulong> largest)
    {
        int thread = Group.IdxX;
        largest[thread] = first;
        Group.Barrier();
        for (int half = Group.DimX / 2; half >= Places; half /= 2)
        {
            if (thread < half)
                largest[thread] = IntrinsicMath.Max(largest[thread], largest[thread + half]);
            Group.Barrier();
        }
    }
}
