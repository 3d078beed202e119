namespace Speculative.Bench;

/// <summary>Work that looks at no cancellation token, such as packing the weights of a large model.</summary>
static class Interruptible
{
    /// <summary>Does the work; a cancellation leaves it to the end of the process, which follows.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static T Run<T>(Func<T> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested(); // or quick work would win the race
        return Task.Run(work, CancellationToken.None).WaitAsync(cancellationToken).GetAwaiter().GetResult();
    }
}
