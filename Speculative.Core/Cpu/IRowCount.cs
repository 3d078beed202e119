namespace Speculative;

/// <summary>How many activation rows a kernel is compiled for: a constant, so that the rows beyond it leave no trace in its code.</summary>
interface IRowCount
{
    static abstract int Count { get; }
}

readonly struct OneRow : IRowCount
{
    public static int Count => 1;
}

readonly struct TwoRows : IRowCount
{
    public static int Count => 2;
}

readonly struct ThreeRows : IRowCount
{
    public static int Count => 3;
}

readonly struct FourRows : IRowCount
{
    public static int Count => 4;
}

readonly struct FiveRows : IRowCount
{
    public static int Count => 5;
}

readonly struct SixRows : IRowCount
{
    public static int Count => 6;
}

readonly struct SevenRows : IRowCount
{
    public static int Count => 7;
}

readonly struct EightRows : IRowCount
{
    public static int Count => 8;
}
