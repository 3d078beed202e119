using System.Runtime.Intrinsics;

namespace Speculative;

/// <summary>Weights in panels, see <see cref="PanelLayout"/>: each byte is read from memory once, whatever the number of rows.</summary>
sealed unsafe class PanelMatrix<TFormat, TLanes, TVector>(byte* panels, int outputs, int inputs) : Matrix(outputs, inputs)
    where TFormat : struct, IPanelFormat
    where TLanes : struct, IPanelLanes<TVector>
    where TVector : struct
{
    const int MaxRows = PassRows.MaxRows, GroupsPerPiece = 8;

    readonly int groups = PanelLayout.Groups(inputs);

    public override ActivationLayout Layout => TFormat.Layout;

    public override int OutputBlock => PanelLayout.Panel;

    long PanelBytes => (long)groups * TFormat.GroupBytes;

    long BlockBytes => (long)groups * TFormat.ActivationBytes;

    public override long PreparedBytes(int rows, int stride) => PanelLayout.RowBlocks(rows) * BlockBytes;

    public override void Prepare(float* source, int rows, int stride, void* target)
    {
        int rest = rows % PanelLayout.RowBlock, read = rest <= 1 ? rows : (rows + 3) / 4 * 4; // the kernels read 1, 4 or 8 rows of a block
        for (int row = 0; row < read; row++)
            Prepare(row < rows ? source + (long)row * stride : null, row % PanelLayout.RowBlock,
                (byte*)target + row / PanelLayout.RowBlock * BlockBytes);
    }

    public override void Multiply(void* x, int rows, int xStride, int from, int to, float* y, long yStride)
    {
        float* totals = stackalloc float[MaxRows * PanelLayout.Panel];
        for (int first = from; first < to; first += PanelLayout.Panel)
        {
            new Span<float>(totals, PanelLayout.RowBlocks(rows) * PanelLayout.RowBlock * PanelLayout.Panel).Clear();
            Multiply(panels + first / PanelLayout.Panel * PanelBytes, (byte*)x, rows, totals);
            int count = Math.Min(PanelLayout.Panel, to - first);
            for (int row = 0; row < rows; row++)
                new Span<float>(totals + row * PanelLayout.Panel, count).CopyTo(new(y + row * yStride + first, count));
        }
    }

    /// <summary>Several blocks of rows take turns at a piece of the panel that stays in the near cache; their totals wait in memory.</summary>
    void Multiply(byte* panel, byte* x, int rows, float* totals)
    {
        int piece = rows <= PanelLayout.RowBlock ? groups : GroupsPerPiece;
        for (int group = 0; group < groups; group += piece)
            for (int row = 0; row < rows; row += PanelLayout.RowBlock)
                MultiplyBlock(panel + (long)group * TFormat.GroupBytes,
                    x + row / PanelLayout.RowBlock * BlockBytes + (long)group * TFormat.ActivationBytes, Math.Min(piece, groups - group),
                    Math.Min(PanelLayout.RowBlock, rows - row), totals + row * PanelLayout.Panel);
    }

    /// <summary>Stores a row in its block, zeros where there is none and where inputs do not fill the last group.</summary>
    void Prepare(float* source, int row, byte* block)
    {
        float* rest = stackalloc float[PanelLayout.Group];
        for (int at = 0; at < Inputs; at += PanelLayout.Group, block += TFormat.ActivationBytes)
        {
            int count = source == null ? 0 : Math.Min(PanelLayout.Group, Inputs - at);
            if (count < PanelLayout.Group)
            {
                new Span<float>(rest, PanelLayout.Group).Clear();
                new Span<float>(source + at, count).CopyTo(new(rest, count));
            }
            TFormat.Prepare(count < PanelLayout.Group ? rest : source + at, row, block);
        }
    }

    static void MultiplyBlock(byte* panel, byte* block, int groups, int rows, float* totals)
    {
        if (rows == 1)
            TFormat.Multiply1<TLanes, TVector>(panel, block, groups, totals);
        else if (rows > 4 && TLanes.Rows == PanelLayout.RowBlock)
            TFormat.Multiply8<TLanes, TVector>(panel, block, groups, totals);
        else
            for (int row = 0; row < rows; row += 4)
                TFormat.Multiply4<TLanes, TVector>(panel, block + row * 4, groups, totals + row * PanelLayout.Panel);
    }
}

/// <summary>Creates matrices of panels.</summary>
static unsafe class PanelMatrix
{
    /// <summary>Bytes of a matrix's panels.</summary>
    public static long ByteLength<TFormat>(int outputs, int inputs) where TFormat : struct, IPanelFormat =>
        (long)PanelLayout.Panels(outputs) * PanelLayout.Groups(inputs) * TFormat.GroupBytes;

    /// <summary>Wraps panels, where they are, with vectors of a given width in bits.</summary>
    public static Matrix Create<TFormat>(byte* panels, int outputs, int inputs, int vectorBits) where TFormat : struct, IPanelFormat =>
        vectorBits switch
        {
            512 => new PanelMatrix<TFormat, PanelLanes512, Vector512<int>>(panels, outputs, inputs),
            256 => new PanelMatrix<TFormat, PanelLanes256, Vector256<int>>(panels, outputs, inputs),
            _ => new PanelMatrix<TFormat, PanelLanes128, Vector128<int>>(panels, outputs, inputs),
        };

    /// <summary>Stores weights in panels; outputs and inputs that fill no panel or group are zeros.</summary>
    public static void Pack<TFormat>(Weight weight, byte* panels) where TFormat : struct, IPanelFormat
    {
        int groups = PanelLayout.Groups(weight.Columns);
        Parallel.For(0, PanelLayout.Panels(weight.Rows), panel =>
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
                    byte* group = panels + (long)panel * groups * TFormat.GroupBytes;
                    for (int i = 0; i < groups; i++, group += TFormat.GroupBytes)
                        TFormat.Pack(row + i * PanelLayout.Group, output, group);
                }
        });
    }
}
