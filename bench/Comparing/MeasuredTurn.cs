using System.Diagnostics;

namespace Speculative.Bench.Comparing;

/// <summary>One answer to one turn, with what it took.</summary>
/// <param name="TokenIds">The answer, up to and including its first stop token, within the budget: counted here, for all alike.</param>
/// <param name="Time">From the prompt's tokens to the answer's: set-up of the cache, prompt, drafting, verification; text excluded.</param>
/// <param name="Statistics">What the session counted.</param>
sealed record MeasuredTurn(int[] TokenIds, TimeSpan Time, SpeculationStatistics Statistics)
{
    /// <summary>Generates an answer and takes its time.</summary>
    public static MeasuredTurn Take(
        SpeculativeEngine engine, ReadOnlySpan<int> prompt, GenerationOptions options, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        using SpeculativeSession session = engine.StartSession(prompt, options);
        session.Generate(cancellationToken);
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        int[] tokenIds = Cut(session.OutputTokenIds, options);
        if (session.Statistics.EmittedTokens != tokenIds.Length)
            throw new InvalidOperationException(
                $"The session counted {session.Statistics.EmittedTokens} tokens where its answer has {tokenIds.Length}.");
        return new(tokenIds, time, session.Statistics);
    }

    /// <summary>The tokens that count: up to and including the first stop token, at most the budget.</summary>
    internal static int[] Cut(ReadOnlySpan<int> output, GenerationOptions options)
    {
        int length = Math.Min(output.Length, options.MaxNewTokens);
        for (int i = 0; i < length; i++)
            if (options.StopTokenIds.Contains(output[i]))
                length = i + 1;
        return output[..length].ToArray();
    }
}
