namespace Speculative;

/// <summary>Llama 3: <c>&lt;|start_header_id|&gt;role&lt;|end_header_id|&gt;\n\ncontent&lt;|eot_id|&gt;</c>.</summary>
/// <remarks>
/// From 3.1 on the template always writes a system message with two dates; today's is its own default, 26 Jul 2024, so that the same
/// conversation gives the same tokens every day.
/// </remarks>
sealed class Llama3Format : IChatFormat
{
    const string Dates = "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n";

    readonly ChatSource source;
    readonly bool hasDates, trims, trimsSystem;

    public Llama3Format(ChatSource source)
    {
        this.source = source;
        ChatShape shape = new(source);
        const string head = @"<\|start_header_id\|>", tail = @"<\|end_header_id\|>\n\n", end = @"<\|eot_id\|>";
        const string message = $"(?:{head}(?:@R|user|assistant|system){tail}@C{end})+", dates = $"{head}system{tail}{Dates}";
        const string messages = $"(?:@B?{message}|{message}@B{message})", answer = $"{head}assistant{tail}";
        hasDates = shape.Plain.Text.Contains(Dates, StringComparison.Ordinal);
        if (hasDates)
            shape.Require("Llama 3.1", $"@B?{dates}{end}{message}{answer}", $"@B?{dates}@S{end}{message}{answer}");
        else
            shape.Require("Llama 3", messages + answer, messages + answer);
        (trims, trimsSystem) = (shape.Trims, hasDates ? shape.TrimsOthers : shape.Trims);
    }

    public ChatPrompt Write(string? system, IReadOnlyList<ChatMessage> turns)
    {
        ChatWriter text = new ChatWriter().Mark(source.Begin);
        system = trimsSystem ? system?.Trim() : system;
        if (hasDates)
            system = Dates + system;
        if (system is not null)
            Append(text, "system", system);
        foreach ((ChatRole role, string content) in turns)
            Append(text, role == ChatRole.User ? "user" : "assistant", trims ? content.Trim() : content);
        return text.Mark("<|start_header_id|>assistant<|end_header_id|>\n\n").ToPrompt();
    }

    static void Append(ChatWriter text, string role, string content) =>
        text.Mark($"<|start_header_id|>{role}<|end_header_id|>\n\n").Say(content).Mark("<|eot_id|>");
}
