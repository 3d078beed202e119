namespace Speculative;

/// <summary>Llama 3: <c>&lt;|start_header_id|&gt;role&lt;|end_header_id|&gt;\n\ncontent&lt;|eot_id|&gt;</c>.</summary>
/// <remarks>
/// From 3.1 on the template always writes a system message with two dates; today's is its own default, 26 Jul 2024, so that the same
/// conversation gives the same tokens every day.
/// </remarks>
sealed class Llama3Format(ChatSource source) : IChatFormat
{
    const string Dates = "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n";

    public ChatPrompt Write(string? system, IReadOnlyList<ChatMessage> turns)
    {
        ChatWriter text = new ChatWriter().Mark(source.Begin);
        system = system?.Trim();
        if (source.Has("Cutting Knowledge Date"))
            system = Dates + system;
        if (system is not null)
            Append(text, "system", system);
        foreach ((ChatRole role, string content) in turns)
            Append(text, role == ChatRole.User ? "user" : "assistant", content.Trim());
        return text.Mark("<|start_header_id|>assistant<|end_header_id|>\n\n").ToPrompt();
    }

    static void Append(ChatWriter text, string role, string content) =>
        text.Mark($"<|start_header_id|>{role}<|end_header_id|>\n\n").Say(content).Mark("<|eot_id|>");
}
