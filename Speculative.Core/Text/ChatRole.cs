namespace Speculative;

/// <summary>Who speaks in a conversation.</summary>
public enum ChatRole
{
    /// <summary>Instructions, as a rule ahead of the conversation.</summary>
    System,

    /// <summary>The one who asks.</summary>
    User,

    /// <summary>The model.</summary>
    Assistant,
}
