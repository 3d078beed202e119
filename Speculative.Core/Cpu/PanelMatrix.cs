using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.Intrinsics;

namespace Speculative;

/// <summary>Weights in panels, see <see cref="PanelLayout"/>: each byte is read from memory once, whatever the number of rows.</summary>
sealed unsafe class PanelMatrix<TFormat, TLanes, TVector>(byte* panels, int outputs, int inputs) : Matrix(outputs, inputs)
    where TFormat : struct, IPanelFormat
    where TLanes : struct, IPanelLanes<TVector>
    where TVector : struct
{
    const int MaxRows = PassRows.MaxRows, MaxPieceBytes = 1 << 14, Line = 64;

    /// <summary>Rows from which on widening bf16 weights once for all of them is the faster way, where a step is two vectors.</summary>
    const int LeastWidened = 24;

    readonly int groups = PanelLayout.Groups(inputs);

    /// <summary>Whether two vectors take a step, all outputs of a panel.</summary>
    static bool WholeSteps => 2 * TLanes.Count == PanelLayout.Panel;

    /// <summary>
    /// Whether a kernel goes through the weights once for each two vectors of outputs: sums of floats stay in registers all the way, those
    /// of bytes for a group.
    /// </summary>
    static bool Walks => !WholeSteps && TFormat.Layout == ActivationLayout.Blocks;

    /// <summary>Rows that a kernel takes at a time.</summary>
    static int MostRows => TFormat.Layout == ActivationLayout.Blocks ? TLanes.FloatRows : TLanes.ByteRows;

    public override ActivationLayout Layout => TFormat.Layout;

    public override int OutputBlock => PanelLayout.Panel;

    long PanelBytes => (long)groups * TFormat.GroupBytes;

    public override long PreparedBytes(int rows, int stride) => BlockStart(rows, 0);

    public override void Prepare(float* source, int rows, int stride, void* target, int part, int parts)
    {
        int from = groups * part / parts, to = groups * (part + 1) / parts;
        int blocks = Blocks(rows);
        for (int block = 0, first = 0; block < blocks; block++)
        {
            int end = BlockEnd(rows, block, blocks), count = end - first;
            for (int group = from; group < to; group++)
                Prepare(source + (long)first * stride, count, stride, group, (byte*)target + BlockStart(first, group * count));
            first = end;
        }
    }

    public override void Multiply(void* x, int rows, int xStride, int from, int to, float* y, long yStride)
    {
        float* totals = stackalloc float[MaxRows * PanelLayout.Panel];
        for (int first = from; first < to; first += PanelLayout.Panel)
        {
            new Span<float>(totals, rows * PanelLayout.Panel).Clear();
            Multiply(panels + first / PanelLayout.Panel * PanelBytes, (byte*)x, rows, totals);
            for (int row = 0; row < rows; row++)
                Copy(totals + row * PanelLayout.Panel, y + row * yStride + first, Math.Min(PanelLayout.Panel, to - first));
        }
    }

    /// <summary>A whole panel's outputs, whose number the compiler knows, take no call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Copy(float* totals, float* y, int count)
    {
        if (count == PanelLayout.Panel)
            new Span<float>(totals, PanelLayout.Panel).CopyTo(new(y, PanelLayout.Panel));
        else
            new Span<float>(totals, count).CopyTo(new(y, count));
    }

    void Multiply(byte* panel, byte* x, int rows, float* totals)
    {
        if (rows <= (Walks ? PanelLanesTwice<TLanes, TVector>.FloatRows : MostRows))
            MultiplyRows<TFormat>(panel, x, groups, rows, PanelPrefetch.InStep(rows <= 2 && (WholeSteps || Walks)), totals);
        else if (typeof(TFormat) == typeof(BF16Panel) && WholeSteps && rows >= LeastWidened)
            MultiplyPieces<F32Panel>(panel, x, rows, totals);
        else
            MultiplyPieces<TFormat>(panel, x, rows, totals);
    }

    /// <summary>
    /// As many rows as fit into the registers at a time take turns at a piece of the panel that stays in the near cache; their totals wait
    /// in memory, and each asks for its share of the next piece. The piece of bf16 weights may be widened first, once for all:
    /// <typeparamref name="TForm"/> is the form that they multiply.
    /// </summary>
    [SkipLocalsInit]
    void MultiplyPieces<TForm>(byte* panel, byte* x, int rows, float* totals) where TForm : struct, IPanelFormat
    {
        byte* room = stackalloc byte[MaxPieceBytes + Line], singles = (byte*)(((nuint)room + Line - 1) / Line * Line);
        int turns = Blocks(rows);
        int piece = PieceGroups(MaxPieceBytes / TForm.GroupBytes);
        for (int group = 0; group < groups; group += piece)
        {
            int count = Math.Min(piece, groups - group);
            byte* stored = panel + (long)group * TFormat.GroupBytes, used = stored;
            if (typeof(TForm) != typeof(TFormat))
            {
                BF16Panel.Widen<TLanes, TVector>(stored, count, singles);
                used = singles;
            }
            for (int turn = 0, row = 0; turn < turns; turn++)
            {
                PanelPrefetch later = PanelPrefetch.Share(
                    used, count * TForm.GroupBytes, stored, count * TFormat.GroupBytes, turn, turns);
                int end = BlockEnd(rows, turn, turns), taken = end - row;
                MultiplyRows<TForm>(
                    used, x + BlockStart(row, group * taken), count, taken, later, totals + row * PanelLayout.Panel);
                row = end;
            }
        }
    }

    /// <summary>How many blocks of rows there are; as few as can be, and as alike as can be.</summary>
    static int Blocks(int rows) => (rows + MostRows - 1) / MostRows;

    /// <summary>The row after a block's last.</summary>
    static int BlockEnd(int rows, int block, int blocks) => rows * (block + 1) / blocks;

    /// <summary>Bytes before a block, and before one of its groups.</summary>
    /// <param name="row">The block's first row.</param>
    /// <param name="rowGroups">Groups before it in the block, each counted for every row.</param>
    long BlockStart(int row, int rowGroups) => ((long)row * groups + rowGroups) * TFormat.ActivationBytes;

    /// <summary>
    /// Groups of a piece, so that all of a panel's are alike: a piece asks for as much as it is long itself, so a short one would leave
    /// most of a long one behind it not asked for.
    /// </summary>
    int PieceGroups(int most)
    {
        int pieces = (groups + most - 1) / most;
        return (groups + pieces - 1) / pieces;
    }

    /// <summary>Stores a group of a block's rows.</summary>
    void Prepare(float* source, int rows, int stride, int group, byte* target)
    {
        float* values = source + group * PanelLayout.Group;
        int count = Inputs - group * PanelLayout.Group;
        if (count >= PanelLayout.Group)
            TFormat.Prepare(values, stride, rows, target);
        else
            PrepareLast(values, rows, stride, count, target);
    }

    /// <summary>Stores a group that inputs do not fill, zeros after them.</summary>
    static void PrepareLast(float* values, int rows, int stride, int count, byte* target)
    {
        float* filled = stackalloc float[MostRows * PanelLayout.Group]; // zeros
        for (int row = 0; row < rows; row++)
            new Span<float>(values + (long)row * stride, count).CopyTo(new(filled + row * PanelLayout.Group, count));
        TFormat.Prepare(filled, PanelLayout.Group, rows, target);
    }

    static void MultiplyRows<TForm>(byte* panel, byte* rows, int groups, int count, PanelPrefetch later, float* totals)
        where TForm : struct, IPanelFormat
    {
        switch (count)
        {
            case 1 when Walks: MultiplyTwice<TForm, OneRow>(panel, rows, groups, later, totals); break;
            case 2 when Walks: MultiplyTwice<TForm, TwoRows>(panel, rows, groups, later, totals); break;
            case 1: TForm.Multiply<OneRow, TLanes, TVector>(panel, rows, groups, later, totals); break;
            case 2: TForm.Multiply<TwoRows, TLanes, TVector>(panel, rows, groups, later, totals); break;
            case 3: TForm.Multiply<ThreeRows, TLanes, TVector>(panel, rows, groups, later, totals); break;
            case 4: TForm.Multiply<FourRows, TLanes, TVector>(panel, rows, groups, later, totals); break;
            case 5: TForm.Multiply<FiveRows, TLanes, TVector>(panel, rows, groups, later, totals); break;
            case 6: TForm.Multiply<SixRows, TLanes, TVector>(panel, rows, groups, later, totals); break;
            case 7: TForm.Multiply<SevenRows, TLanes, TVector>(panel, rows, groups, later, totals); break;
            default: TForm.Multiply<EightRows, TLanes, TVector>(panel, rows, groups, later, totals); break;
        }
    }

    static void MultiplyTwice<TForm, TRows>(byte* panel, byte* rows, int groups, PanelPrefetch later, float* totals)
        where TForm : struct, IPanelFormat where TRows : struct, IRowCount =>
        TForm.Multiply<TRows, PanelLanesTwice<TLanes, TVector>, (TVector, TVector)>(panel, rows, groups, later, totals);
}

/// <summary>Creates matrices of panels.</summary>
static unsafe class PanelMatrix
{
    /// <summary>Wraps panels, where they are.</summary>
    public static Matrix Create<TFormat>(byte* panels, int outputs, int inputs, PanelVectors vectors)
        where TFormat : struct, IPanelFormat =>
        vectors switch
        {
            PanelVectors.Bits512 => new PanelMatrix<TFormat, PanelLanes512, Vector512<int>>(panels, outputs, inputs),
            PanelVectors.Bits256Dot => new PanelMatrix<TFormat, PanelLanes256Dot, Vector256<int>>(panels, outputs, inputs),
            PanelVectors.Bits256 => new PanelMatrix<TFormat, PanelLanes256, Vector256<int>>(panels, outputs, inputs),
            _ => new PanelMatrix<TFormat, PanelLanes128, Vector128<int>>(panels, outputs, inputs),
        };

    /// <summary>Stores weights in panels; outputs and inputs that fill no panel or group are zeros.</summary>
    public static void Pack<TFormat>(Weight weight, byte* panels) where TFormat : struct, IPanelFormat
    {
        int groups = PanelLayout.Groups(weight.Columns);
        ForEachPanel(weight, panel =>
        {
            float[] values = new float[groups * PanelLayout.Group];
            fixed (float* row = values)
                for (int output = 0; output < PanelLayout.Panel; output++)
                {
                    int index = panel * PanelLayout.Panel + output;
                    if (index < weight.Rows)
                        WeightRows.Widen(weight, index, row);
                    else
                        Array.Clear(values);
                    PackRow<TFormat>(row, output, panels + (long)panel * groups * TFormat.GroupBytes, groups);
                }
        });
    }

    /// <summary>Stores blocks of the panels' own format as they are; outputs that fill no panel are zeros.</summary>
    public static void Copy<TFormat>(Weight weight, byte* panels) where TFormat : struct, IBlockPanelFormat
    {
        int groups = PanelLayout.Groups(weight.Columns);
        byte[] empty = new byte[weight.RowByteLength];
        ForEachPanel(weight, panel =>
        {
            fixed (byte* zeros = empty)
                for (int output = 0; output < PanelLayout.Panel; output++)
                {
                    int index = panel * PanelLayout.Panel + output;
                    byte* row = index < weight.Rows ? (byte*)weight.Data + index * weight.RowByteLength : zeros;
                    byte* start = panels + (long)panel * groups * TFormat.GroupBytes;
                    CopyRow<TFormat>(row, weight.RowByteLength / groups, output, start, groups);
                }
        });
    }

    /// <summary>Brings panels into their stored format; what fills up panels and groups is left out.</summary>
    public static void Unpack<TFormat>(byte* panels, Weight target) where TFormat : struct, IPanelFormat
    {
        int groups = PanelLayout.Groups(target.Columns), groupLength = (int)(target with { Columns = PanelLayout.Group }).RowByteLength;
        ForEachPanel(target, panel =>
        {
            byte* filled = stackalloc byte[PanelLayout.Group * sizeof(float)];
            for (int output = 0; output < Math.Min(PanelLayout.Panel, target.Rows - panel * PanelLayout.Panel); output++)
            {
                byte* group = panels + (long)panel * groups * TFormat.GroupBytes;
                long start = (panel * PanelLayout.Panel + output) * target.RowByteLength;
                Span<byte> row = new((byte*)target.Data + start, (int)target.RowByteLength);
                for (; !row.IsEmpty; row = row[Math.Min(groupLength, row.Length)..], group += TFormat.GroupBytes)
                {
                    TFormat.Unpack(group, output, filled);
                    new Span<byte>(filled, Math.Min(groupLength, row.Length)).CopyTo(row);
                }
            }
        });
    }

    /// <summary>What is wrong with a weight is thrown as it is.</summary>
    static void ForEachPanel(Weight weight, Action<int> pack)
    {
        try
        {
            Parallel.For(0, PanelLayout.Panels(weight.Rows), pack);
        }
        catch (AggregateException faults) when (faults.InnerException is ModelFormatException fault)
        {
            ExceptionDispatchInfo.Throw(fault);
        }
    }

    static void PackRow<TFormat>(float* row, int output, byte* panel, int groups) where TFormat : struct, IPanelFormat
    {
        for (int i = 0; i < groups; i++, panel += TFormat.GroupBytes, row += PanelLayout.Group)
            TFormat.Pack(row, output, panel);
    }

    static void CopyRow<TFormat>(byte* block, long blockBytes, int output, byte* panel, int groups)
        where TFormat : struct, IBlockPanelFormat
    {
        for (int i = 0; i < groups; i++, panel += TFormat.GroupBytes, block += blockBytes)
            TFormat.Copy(block, output, panel);
    }
}
