namespace Speculative;

/// <summary>One message of a conversation.</summary>
/// <param name="Role">Who speaks.</param>
/// <param name="Content">What is said.</param>
public readonly record struct ChatMessage(ChatRole Role, string Content);
