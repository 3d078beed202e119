namespace StarterTrain;

/// <summary>What a token of a document is; the values are those of its two upper bits in a file.</summary>
public enum TokenRole
{
    /// <summary>Said by the user, or a mark of the chat format.</summary>
    Prompt = 0,

    /// <summary>Said by the assistant, its end token included.</summary>
    Answer = 2,

    /// <summary>Said by a model, at the end of a 4-gram that it had said before in the same answer.</summary>
    Repeated = 3,
}
