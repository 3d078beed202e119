using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Speculative.Bench.Commands;

/// <summary>Options that take a number and say clearly what they expect.</summary>
static class NumberOption
{
    /// <summary>A whole number of at least <paramref name="least"/>, with a default.</summary>
    public static Option<int> Count(string name, string description, int least, int value) => new(name)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => value,
        CustomParser = result => Parse(result, least) ?? 0,
    };

    /// <summary>A whole number of at least <paramref name="least"/>; null where it is not given.</summary>
    public static Option<int?> Count(string name, string description, int least) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result => Parse(result, least),
    };

    /// <summary>Worker threads; null where they are not given.</summary>
    public static Option<int?> Threads() => new("--threads")
    {
        Description = "Worker threads; by default one a core.",
        HelpName = "N",
        CustomParser = result => Parse(result, 1, CpuModelOptions.MaxThreads),
    };

    /// <summary>A whole number of at least 1, or <c>auto</c>, the default, which is null.</summary>
    public static Option<int?> CountOrAuto(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "N|auto",
        CustomParser = result => result.Tokens[0].Value == "auto" ? null : Parse(result, 1, alternative: " or 'auto'"),
    };

    /// <summary>A number that <paramref name="isValid"/> accepts; null where it is not given.</summary>
    public static Option<float?> Real(string name, string description, string expected, Func<float, bool> isValid) => new(name)
    {
        Description = description,
        HelpName = "X",
        CustomParser = result =>
            float.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && isValid(value)
                ? value
                : Refuse<float>(result, expected),
    };

    static int? Parse(ArgumentResult result, int least, int? most = null, string alternative = "") =>
        int.TryParse(result.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
            && value >= least && value <= (most ?? int.MaxValue)
            ? value
            : Refuse<int>(result, most is null
                ? $"a whole number of at least {least}{alternative}" : $"a whole number from {least} to {most}");

    static T? Refuse<T>(ArgumentResult result, string expected) where T : struct
    {
        string option = result.Parent is OptionResult parent ? parent.Option.Name : "";
        result.AddError($"{option}: expected {expected}, found '{result.Tokens[0].Value}'.");
        return null;
    }
}
