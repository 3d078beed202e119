using System.Globalization;

namespace Speculative.Bench.Output;

/// <summary>Numbers as tables and sentences show them, the same in every country.</summary>
static class Figures
{
    /// <summary>A number in a format of <see cref="double.ToString(string, IFormatProvider)"/>.</summary>
    public static string Format(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>A share in whole percent; a dash where what it is a share of was not measured.</summary>
    public static string Percent(double share) => double.IsFinite(share) ? Format(100 * share, "0") + " %" : "-";
}
