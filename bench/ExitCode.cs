namespace Speculative.Bench;

/// <summary>What the process reports to its caller.</summary>
static class ExitCode
{
    public const int Success = 0;

    /// <summary>A drafter's output differed from plain decoding.</summary>
    public const int Mismatch = 1;

    /// <summary>The user's input cannot be used.</summary>
    public const int BadInput = 2;

    /// <summary>A defect of this program.</summary>
    public const int Fault = 70;

    /// <summary>Ended by Ctrl+C: 128 + SIGINT, as shells expect.</summary>
    public const int Cancelled = 130;
}
