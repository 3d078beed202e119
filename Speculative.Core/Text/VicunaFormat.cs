namespace Speculative;

/// <summary>Vicuna 1.1 to 1.5: <c>system USER: question ASSISTANT: answer&lt;/s&gt;</c> (FastChat's <c>vicuna_v1.1</c>).</summary>
/// <remarks>The begin token, which its tokenizer adds on its own, is written out.</remarks>
sealed class VicunaFormat(ChatSource source) : IChatFormat
{
    const string Standing = "A chat between a curious user and an artificial intelligence assistant. "
        + "The assistant gives helpful, detailed, and polite answers to the user's questions.";

    public ChatPrompt Write(string? system, IReadOnlyList<ChatMessage> turns)
    {
        ChatWriter text = new ChatWriter().Mark(source.BeginToken).Say(system ?? Standing).Mark(" ");
        foreach ((ChatRole role, string content) in turns)
            if (role == ChatRole.User)
                text.Mark("USER: ").Say(content).Mark(" ASSISTANT:");
            else
                text.Mark(" ").Say(content).Mark(source.EndToken);
        return text.ToPrompt();
    }
}
