using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Speculative.Bench.Commands;

/// <summary>Options that take a number and say clearly what they expect.</summary>
static class NumberOption
{
    /// <summary>A whole number of at least <paramref name="least"/>, with a default.</summary>
    public static Option<int> Count(string name, string description, int least, int value, int? most = null) => new(name)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => value,
        CustomParser = result => Parse(result, least, most) ?? 0,
    };

    /// <summary>Whole numbers of at least <paramref name="least"/>, with a default.</summary>
    public static Option<int[]> Counts(string name, string description, int least, int value) => new(name)
    {
        Description = description,
        HelpName = "N",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [value],
        CustomParser = result => [.. result.Tokens.Select(token => Parse(result, token.Value, least) ?? 0)],
    };

    /// <summary>A whole number of at least <paramref name="least"/>; null where it is not given.</summary>
    public static Option<int?> Count(string name, string description, int least, int? most = null) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result => Parse(result, least, most),
    };

    /// <summary>Worker threads; null where they are not given.</summary>
    public static Option<int?> Threads() => new("--threads")
    {
        Description = "Worker threads; by default one a core.",
        HelpName = "N",
        CustomParser = result => Parse(result, 1, CpuModelOptions.MaxThreads),
    };

    /// <summary>A whole number of at least 1, or <c>auto</c>, the default, which is 0.</summary>
    public static Option<int> CountOrAuto(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "N|auto",
        DefaultValueFactory = _ => 0,
        CustomParser = result => result.Tokens[0].Value == "auto" ? 0 : Parse(result, 1, alternative: " or 'auto'") ?? 0,
    };

    /// <summary>Whole numbers from 1 to <paramref name="most"/>, separated by commas; empty where none is given.</summary>
    public static Option<int[]> Counts(string name, string description, int most) => new(name)
    {
        Description = description,
        HelpName = "N,N",
        DefaultValueFactory = _ => [],
        CustomParser = result =>
        {
            int[] counts = [.. result.Tokens[0].Value.Split(',')
                .Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : 0)];
            if (Array.TrueForAll(counts, count => count >= 1 && count <= most))
                return counts;
            AddError(result, $"whole numbers from 1 to {most}, separated by commas");
            return [];
        },
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
        Parse(result, result.Tokens[0].Value, least, most, alternative);

    static int? Parse(ArgumentResult result, string text, int least, int? most = null, string alternative = "") =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
            && value >= least && value <= (most ?? int.MaxValue)
            ? value
            : Refuse<int>(result, most is null
                ? $"a whole number of at least {least}{alternative}" : $"a whole number from {least} to {most}", text);

    static T? Refuse<T>(ArgumentResult result, string expected, string? found = null) where T : struct
    {
        AddError(result, expected, found);
        return null;
    }

    static void AddError(ArgumentResult result, string expected, string? found = null)
    {
        string option = result.Parent is OptionResult parent ? parent.Option.Name : "";
        result.AddError($"{option}: expected {expected}, found '{found ?? result.Tokens[0].Value}'.");
    }
}
