namespace Speculative.Bench;

/// <summary>Long work that Ctrl+C ends.</summary>
static class Interruptible
{
    /// <summary>
    /// Takes what is measured one after another; a cancellation ends it, and what was measured before, if anything, stays.
    /// </summary>
    /// <param name="measured">The measurements; throws <see cref="OperationCanceledException"/> where it was cancelled.</param>
    /// <param name="found">Receives them.</param>
    /// <returns>The exit code: success, or that of Ctrl+C.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled before anything was found.</exception>
    public static int Collect<T>(IEnumerable<T> measured, ICollection<T> found)
    {
        try
        {
            foreach (T item in measured)
                found.Add(item);
            return ExitCode.Success;
        }
        catch (OperationCanceledException) when (found.Count > 0)
        {
            return ExitCode.Cancelled;
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
