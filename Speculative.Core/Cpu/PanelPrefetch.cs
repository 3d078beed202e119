using System.Runtime.Intrinsics.X86;

namespace Speculative;

/// <summary>How far ahead of the weights in use the next are asked for, in bytes. Changes no result.</summary>
static class PanelPrefetch
{
    public const int Ahead = 2048;

    /// <summary>
    /// With one or two rows. An AMD processor then looks far ahead itself, and more distant lines only get in the way (measured on Zen 4);
    /// an Intel one does not: there the same distance reads 1.1 to 1.3 times as fast (measured on a Xeon).
    /// </summary>
    public static readonly int AheadOfFewRows = IsAmd ? 256 : Ahead;

    /// <summary>Whether the processor's name begins as "AuthenticAMD" does.</summary>
    static bool IsAmd => X86Base.IsSupported && X86Base.CpuId(0, 0).Ebx == 0x68747541;
}
