using System.Text;

namespace Speculative;

/// <summary>Vicuna 1.1 to 1.5: <c>system USER: question ASSISTANT: answer&lt;/s&gt;</c> (FastChat's <c>vicuna_v1.1</c>).</summary>
/// <remarks>The begin token, which its tokenizer adds on its own, is written out.</remarks>
sealed class VicunaFormat(ChatSource source) : IChatFormat
{
    const string Standing = "A chat between a curious user and an artificial intelligence assistant. "
        + "The assistant gives helpful, detailed, and polite answers to the user's questions.";

    public string Write(string? system, IReadOnlyList<ChatMessage> turns)
    {
        StringBuilder text = new StringBuilder(source.BeginToken).Append(system ?? Standing).Append(' ');
        foreach ((ChatRole role, string content) in turns)
            if (role == ChatRole.User)
                text.Append("USER: ").Append(content).Append(" ASSISTANT:");
            else
                text.Append(' ').Append(content).Append(source.EndToken);
        return text.ToString();
    }
}
