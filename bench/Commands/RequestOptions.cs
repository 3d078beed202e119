using System.CommandLine;

namespace Speculative.Bench.Commands;

/// <summary>The options that say how to generate.</summary>
sealed class RequestOptions
{
    readonly Option<int> maxNewTokens = NumberOption.Count("--max-new-tokens", "The most tokens of an answer.", 1, 96);
    readonly Option<float?> temperature = NumberOption.Real(
        "--temperature", "0, the default, takes the most likely token; above 0 samples.",
        "a number of at least 0", value => value >= 0 && float.IsFinite(value));
    readonly Option<float?> topP = NumberOption.Real(
        "--top-p", "Samples from the most likely tokens that reach this probability together.",
        "a number above 0, at most 1", value => value is > 0 and <= 1);
    readonly Option<int?> topK = NumberOption.Count("--top-k", "Samples from so many most likely tokens.", 1);
    readonly Option<int?> seed = NumberOption.Count("--seed", "The seed for sampling; 0 by default.", 0);

    /// <summary>Gives a command these options.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(maxNewTokens);
        command.Options.Add(temperature);
        command.Options.Add(topP);
        command.Options.Add(topK);
        command.Options.Add(seed);
    }

    /// <summary>What the user asked for, without the model's end tokens.</summary>
    /// <exception cref="BenchException">An option of sampling is given without a temperature.</exception>
    public GenerationOptions Read(ParseResult parsed) => new()
    {
        MaxNewTokens = parsed.GetValue(maxNewTokens),
        Sampling = parsed.GetValue(temperature) is > 0 and var value ? Stochastic(parsed, value) : Greedy(parsed),
    };

    StochasticSampling Stochastic(ParseResult parsed, float value) => new()
    {
        Temperature = value,
        TopP = parsed.GetValue(topP) ?? 1,
        TopK = parsed.GetValue(topK) ?? 0,
        Seed = (ulong)(parsed.GetValue(seed) ?? 0),
    };

    Sampling Greedy(ParseResult parsed) =>
        ((Option[])[topP, topK, seed]).FirstOrDefault(option => parsed.GetResult(option) is not null) is { } option
            ? throw new BenchException($"{option.Name} has no effect without sampling: give a --temperature above 0.")
            : Sampling.Greedy;

    /// <summary>The temperature; 0 for greedy.</summary>
    public static double Temperature(Sampling sampling) =>
        sampling is StochasticSampling random ? Math.Round((double)random.Temperature, 6) : 0;

    /// <summary>How tokens are chosen, in words.</summary>
    public static string Describe(Sampling sampling) =>
        sampling is StochasticSampling random
            ? FormattableString.Invariant($"temperature {random.Temperature}, ")
                + (random.TopP < 1 ? FormattableString.Invariant($"top-p {random.TopP}, ") : "")
                + (random.TopK > 0 ? FormattableString.Invariant($"top-k {random.TopK}, ") : "")
                + FormattableString.Invariant($"seed {random.Seed}")
            : "greedy";
}
