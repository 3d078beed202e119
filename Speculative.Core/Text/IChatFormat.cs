namespace Speculative;

/// <summary>Writes a conversation the way one model family was trained on.</summary>
interface IChatFormat
{
    /// <summary>The conversation up to where the model's answer begins.</summary>
    /// <param name="system">The system message, null if there is none.</param>
    /// <param name="turns">User and assistant in turn, user first and last.</param>
    /// <exception cref="ArgumentException">The family knows no system message.</exception>
    ChatPrompt Write(string? system, IReadOnlyList<ChatMessage> turns);
}
