namespace Speculative;

/// <summary>One message of a conversation.</summary>
/// <param name="Role">Who speaks.</param>
/// <param name="Content">What is said, without any template's marks.</param>
public sealed record ChatMessage(ChatRole Role, string Content);
