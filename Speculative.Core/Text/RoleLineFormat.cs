using System.Text;

namespace Speculative;

/// <summary>The embedded model's own: <c>&lt;|bos|&gt;</c>, then <c>&lt;|role|&gt;\ncontent&lt;|end|&gt;\n</c> for each message.</summary>
sealed class RoleLineFormat(ChatSource source) : IChatFormat
{
    public string Write(string? system, IReadOnlyList<ChatMessage> turns)
    {
        StringBuilder text = new(source.Begin);
        if (system is not null)
            text.Append("<|system|>\n").Append(system).Append("<|end|>\n");
        foreach ((ChatRole role, string content) in turns)
            text.Append(role == ChatRole.User ? "<|user|>\n" : "<|assistant|>\n").Append(content).Append("<|end|>\n");
        return text.Append("<|assistant|>\n").ToString();
    }
}
