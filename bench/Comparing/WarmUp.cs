using System.Diagnostics;
using System.Runtime;

namespace Speculative.Bench.Comparing;

/// <summary>
/// Runs every contestant on prompts that are in no question set until the just-in-time compiler has settled: code is recompiled, faster, once
/// it has been called often, and a measurement must not begin before that.
/// </summary>
sealed class WarmUp(LoadedModel model, IReadOnlyList<Contestant> contestants, GenerationOptions options)
{
    /// <summary>The compiler has settled when it compiled no method for so long; it waits 100 ms itself before it recompiles.</summary>
    static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(400);

    /// <summary>Never longer than this, whatever the compiler does.</summary>
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    static readonly string[] Prompts =
    [
        "Tell me a short story about a clock that was always five minutes late.",
        "Write down the days of the week, and after each of them what you like to eat on that day.",
    ];

    /// <summary>Warms up.</summary>
    /// <returns>How long it took; null if the compiler was still busy at the limit.</returns>
    public TimeSpan? Run(CancellationToken cancellationToken)
    {
        SpeculativeEngine[] engines = [.. contestants.Select(contestant => new SpeculativeEngine(model.Model, contestant.CreateFactory(), model.Decoder))];
        int[][] prompts = [.. Prompts.Select(prompt => model.Encode(prompt)).Select(prompt => prompt[..Math.Min(prompt.Length, model.Model.MaxContextLength / 2)])];
        GenerationOptions shortened = options with { MaxNewTokens = Math.Min(options.MaxNewTokens, 32) };
        long start = Stopwatch.GetTimestamp(), lastChange = start, compiled = JitInfo.GetCompiledMethodCount();
        for (int i = 0; Stopwatch.GetElapsedTime(start) < Limit && !cancellationToken.IsCancellationRequested; i++)
        {
            foreach (SpeculativeEngine engine in engines)
                MeasuredTurn.Take(engine, prompts[i % prompts.Length], shortened, cancellationToken);
            if (JitInfo.GetCompiledMethodCount() is var count && count != compiled)
                (compiled, lastChange) = (count, Stopwatch.GetTimestamp());
            else if (Stopwatch.GetElapsedTime(lastChange) >= Quiet)
                return Stopwatch.GetElapsedTime(start);
        }
        return null;
    }
}
