using Speculative.Bench.Machine;

namespace Speculative.Bench.Comparing;

/// <summary>Runs every contestant on prompts that are in no question set until the just-in-time compiler has settled.</summary>
sealed class WarmUp(LoadedModel model, IReadOnlyList<Contestant> contestants, GenerationOptions options)
{
    static readonly string[] Prompts =
    [
        "Tell me a short story about a clock that was always five minutes late.",
        "Write down the days of the week, and after each of them what you like to eat on that day.",
    ];

    /// <summary>Warms up.</summary>
    /// <returns>Whether the compiler settled.</returns>
    public bool Run(CancellationToken cancellationToken)
    {
        SpeculativeEngine[] engines =
            [.. contestants.Select(contestant => new SpeculativeEngine(model.Model, contestant.CreateFactory(), model.Decoder))];
        int longest = (model.Model.MaxContextLength + 1) / 2;
        int[][] prompts = [.. Prompts.Select(prompt => model.Encode(prompt)).Select(prompt => prompt[..Math.Min(prompt.Length, longest)])];
        GenerationOptions shortened = options with { MaxNewTokens = Math.Min(options.MaxNewTokens, 32) };
        return CompilerWarmUp.Run(
            round =>
            {
                foreach (SpeculativeEngine engine in engines)
                    MeasuredTurn.Take(engine, prompts[round % prompts.Length], shortened, cancellationToken);
            },
            cancellationToken);
    }
}
