using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>The four half-precision scales that a lane's outputs have in a stage of two groups: from the low end output group and
/// group + 8 of the first group of inputs, then of the second, with group = lane / 4.</summary>
static class GroupScales
{
    /// <summary>The scales of the first group of inputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowPair First(ulong scales) => Of((uint)scales);

    /// <summary>The scales of the second group of inputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowPair Second(ulong scales) => Of((uint)(scales >> 32));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static RowPair Of(uint pair) => new(Interop.IntAsFloat((ushort)(pair & 0xffff)), Interop.IntAsFloat((ushort)(pair >> 16)));
}
