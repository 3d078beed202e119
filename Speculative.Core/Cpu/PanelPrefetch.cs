using System.Numerics;
using System.Runtime.Intrinsics.X86;

namespace Speculative;

/// <summary>
/// Which weights a kernel asks for while it works on others. Changes no result. Handed to the kernel: in its loops the check that this
/// type's fields are initialized would push the sums out of their registers.
/// </summary>
readonly unsafe struct PanelPrefetch
{
    /// <summary>
    /// Bytes ahead of the weights in use. Measured on Zen 4 and a Xeon of the fourth generation: half as much reads up to a fifth slower.
    /// </summary>
    const int Many = 4096;

    /// <summary>
    /// The same where one or two rows take whole steps: an AMD processor then looks far ahead itself, and more distant lines only get in
    /// the way (Zen 3, Zen 4).
    /// </summary>
    static readonly int few = IsAmd ? 256 : Many;

    readonly byte* start;
    readonly int shift;

    PanelPrefetch(byte* start, int shift)
    {
        this.start = start;
        this.shift = shift;
    }

    /// <summary>The same distance ahead all the time: for weights that are used once.</summary>
    /// <param name="light">Whether one or two rows take whole steps, one after another.</param>
    public static PanelPrefetch InStep(bool light) => new((byte*)(light ? few : Many), 0);

    /// <summary>
    /// A share of the next piece: for weights that several blocks of rows use in turn. Asked for by the first block alone they would come
    /// no faster than memory brings them, and the others would ask for nothing.
    /// </summary>
    /// <param name="used">The piece that is multiplied.</param>
    /// <param name="usedBytes">Its bytes.</param>
    /// <param name="stored">
    /// The same as it is stored, from where it was brought to <paramref name="used"/>; the next piece follows it.
    /// </param>
    /// <param name="storedBytes">Its bytes; at most <paramref name="usedBytes"/>.</param>
    /// <param name="block">Whose turn it is.</param>
    /// <param name="blocks">How many take turns.</param>
    public static PanelPrefetch Share(byte* used, int usedBytes, byte* stored, int storedBytes, int block, int blocks)
    {
        int shares = BitOperations.Log2((uint)blocks), shift = shares + BitOperations.Log2((uint)(usedBytes / storedBytes));
        int share = Math.Min(block, (1 << shares) - 1);
        return new(stored + storedBytes + share * (storedBytes >> shares) - ((nuint)used >> shift), shift);
    }

    /// <summary>Where the first line lies that is to be asked for while a kernel begins with some weights.</summary>
    public byte* From(byte* weights) => start + ((nuint)weights >> shift);

    /// <summary>How far to go on where a kernel has worked on so many bytes.</summary>
    public nint Advance(int bytes) => bytes >> shift;

    /// <summary>Whether the processor's name begins as "AuthenticAMD" does.</summary>
    static bool IsAmd => X86Base.IsSupported && X86Base.CpuId(0, 0).Ebx == 0x68747541;
}
