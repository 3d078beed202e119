using System.Text;

namespace Speculative;

/// <summary>Llama 2: <c>&lt;s&gt;[INST] question [/INST] answer &lt;/s&gt;</c>, the system message inside the first question.</summary>
sealed class Llama2Format(ChatSource source) : IChatFormat
{
    public string Write(string? system, IReadOnlyList<ChatMessage> turns)
    {
        StringBuilder text = new();
        string opening = system is null ? "" : $"<<SYS>>\n{system}\n<</SYS>>\n\n";
        foreach ((ChatRole role, string content) in turns)
        {
            if (role == ChatRole.User)
                text.Append(source.BeginToken).Append("[INST] ").Append((opening + content).Trim()).Append(" [/INST]");
            else
                text.Append(' ').Append(content.Trim()).Append(' ').Append(source.EndToken);
            opening = "";
        }
        return text.ToString();
    }
}
