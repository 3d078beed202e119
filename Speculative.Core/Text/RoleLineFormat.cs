namespace Speculative;

/// <summary>The embedded model's own: <c>&lt;|bos|&gt;</c>, then <c>&lt;|role|&gt;\ncontent&lt;|end|&gt;\n</c> for each message.</summary>
sealed class RoleLineFormat(ChatSource source) : IChatFormat
{
    public ChatPrompt Write(string? system, IReadOnlyList<ChatMessage> turns)
    {
        ChatWriter text = new ChatWriter().Mark(source.Begin);
        if (system is not null)
            text.Mark("<|system|>\n").Say(system).Mark("<|end|>\n");
        foreach ((ChatRole role, string content) in turns)
            text.Mark(role == ChatRole.User ? "<|user|>\n" : "<|assistant|>\n").Say(content).Mark("<|end|>\n");
        return text.Mark("<|assistant|>\n").ToPrompt();
    }
}
