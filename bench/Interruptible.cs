using Speculative.Bench.Output;

namespace Speculative.Bench;

/// <summary>Long work that Ctrl+C ends.</summary>
static class Interruptible
{
    /// <summary>
    /// Takes what is measured one after another; a cancellation or a fault ends it, and what was measured before, if anything, stays.
    /// </summary>
    /// <param name="terminal">Hears of a fault.</param>
    /// <param name="measured">The measurements; throws <see cref="OperationCanceledException"/> where it was cancelled.</param>
    /// <param name="found">Receives them.</param>
    /// <returns>The exit code: success, or that of Ctrl+C or of the fault.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled before anything was found.</exception>
    public static int Collect<T>(Terminal terminal, IEnumerable<T> measured, ICollection<T> found)
    {
        try
        {
            foreach (T item in measured)
                found.Add(item);
            return ExitCode.Success;
        }
#pragma warning disable CA1031 // whatever went wrong, what was measured is shown
        catch (Exception fault) when (found.Count > 0)
#pragma warning restore CA1031
        {
            return BenchProgram.Report(terminal, fault);
        }
    }

    /// <summary>
    /// Does work that looks at no cancellation token, such as packing the weights of a large model; a cancellation leaves it to the end of
    /// the process, which follows.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static T Run<T>(Func<T> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested(); // or quick work would win the race
        return Task.Run(work, CancellationToken.None).WaitAsync(cancellationToken).GetAwaiter().GetResult();
    }
}
