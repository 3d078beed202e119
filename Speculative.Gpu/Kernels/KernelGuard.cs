using System.Runtime.CompilerServices;
using ILGPU;

namespace Speculative;

/// <summary>The checks that launchers make on the host, where a wrong size is still an exception and not a stray write on the
/// device.</summary>
static class KernelGuard
{
    /// <summary>Throws unless <paramref name="view"/> holds at least <paramref name="needed"/> elements.</summary>
    /// <exception cref="ArgumentException">The view is too short.</exception>
    public static void ThrowIfShorter<T>(
        ArrayView<T> view, long needed, string shape, [CallerArgumentExpression(nameof(view))] string name = "") where T : unmanaged
    {
        if (view.Length < needed)
            throw new ArgumentException($"'{name}' must hold at least {needed} elements ({shape}), got {view.Length}.", name);
    }

    /// <summary>Throws unless <paramref name="numbers"/> holds at least <paramref name="needed"/> numbers.</summary>
    /// <exception cref="ArgumentException">There are fewer.</exception>
    public static void ThrowIfShorter(
        DeviceNumbers numbers, long needed, string shape, [CallerArgumentExpression(nameof(numbers))] string name = "")
    {
        if (numbers.Length < needed)
            throw new ArgumentException($"'{name}' must hold at least {needed} elements ({shape}), got {numbers.Length}.", name);
    }

    /// <summary>Throws unless <paramref name="value"/> lies from <paramref name="least"/> to <paramref name="most"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public static void ThrowIfOutside(int value, int least, int most, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < least || value > most)
            throw new ArgumentOutOfRangeException(name, value, $"Expected {least} to {most}.");
    }

    /// <summary>Throws unless <paramref name="divisor"/> divides <paramref name="value"/>.</summary>
    /// <exception cref="ArgumentException">There is a remainder.</exception>
    public static void ThrowIfNotMultiple(int value, int divisor, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value % divisor != 0)
            throw new ArgumentException($"'{name}' must be a multiple of {divisor}, got {value}.", name);
    }

    /// <summary>Where a view begins in its memory, in bytes; device memory itself is aligned to 256.</summary>
    public static long OffsetOf<T>(ArrayView<T> view) where T : unmanaged => Offset(view);

    // By its type, not by the interface, which would box.
    static long Offset<TView>(TView view) where TView : struct, IContiguousArrayView => view.IndexInBytes;
}
