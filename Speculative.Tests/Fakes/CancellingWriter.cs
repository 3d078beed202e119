namespace Speculative.Tests;

/// <summary>An output that presses Ctrl+C when a line holds a word.</summary>
sealed class CancellingWriter(string word, CancellationTokenSource cancellation) : StringWriter
{
    public override void WriteLine(string? value)
    {
        base.WriteLine(value);
        if (value?.Contains(word, StringComparison.Ordinal) == true)
            cancellation.Cancel();
    }
}
