namespace Speculative.Tests;

/// <summary>An output that presses Ctrl+C when what is written at once holds a word.</summary>
sealed class CancellingWriter(string word, CancellationTokenSource cancellation) : StringWriter
{
    public override void WriteLine(string? value)
    {
        base.WriteLine(value);
        CancelAt(value);
    }

    public override void Write(string? value)
    {
        base.Write(value);
        CancelAt(value);
    }

    void CancelAt(string? value)
    {
        if (value?.Contains(word, StringComparison.Ordinal) == true)
            cancellation.Cancel();
    }
}
