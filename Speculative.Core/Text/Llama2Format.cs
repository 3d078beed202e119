namespace Speculative;

/// <summary>Llama 2: <c>&lt;s&gt;[INST] question [/INST] answer &lt;/s&gt;</c>, the system message inside the first question.</summary>
sealed class Llama2Format(ChatSource source) : IChatFormat
{
    public ChatPrompt Write(string? system, IReadOnlyList<ChatMessage> turns)
    {
        ChatWriter text = new();
        string? opening = system is null ? null : $"<<SYS>>\n{system}\n<</SYS>>\n\n";
        foreach ((ChatRole role, string content) in turns)
        {
            if (role == ChatRole.User)
                text.Mark(source.BeginToken + "[INST] ").Say((opening + content).Trim()).Mark(" [/INST]");
            else
                text.Mark(" ").Say(content.Trim()).Mark(" " + source.EndToken);
            opening = null;
        }
        return text.ToPrompt();
    }
}
