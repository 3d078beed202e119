namespace Speculative;

/// <summary>Why a generation ended. All of these are ordinary endings and leave the sequence valid.</summary>
public enum FinishReason
{
    /// <summary>It has not ended.</summary>
    None,

    /// <summary>A stop token was emitted; it is the last token of the output.</summary>
    StopToken,

    /// <summary>The text reached a stop string; the last token of the output completed it.</summary>
    StopString,

    /// <summary><see cref="GenerationOptions.MaxNewTokens"/> tokens were emitted.</summary>
    TokenBudget,

    /// <summary>The context is full.</summary>
    ContextLimit,

    /// <summary>The caller cancelled.</summary>
    Cancelled,
}
