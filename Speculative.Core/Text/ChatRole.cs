namespace Speculative;

/// <summary>Who speaks in a conversation.</summary>
public enum ChatRole
{
    /// <summary>Instructions ahead of the conversation; the first message only.</summary>
    System,

    /// <summary>The one who asks.</summary>
    User,

    /// <summary>The model.</summary>
    Assistant,
}
