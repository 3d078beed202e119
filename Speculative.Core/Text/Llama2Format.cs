namespace Speculative;

/// <summary>Llama 2: <c>&lt;s&gt;[INST] question [/INST] answer &lt;/s&gt;</c>, the system message inside the first question.</summary>
sealed class Llama2Format : IChatFormat
{
    readonly ChatSource source;
    readonly ChatShape shape;

    public Llama2Format(ChatSource source)
    {
        this.source = source;
        shape = new(source);
        const string system = @"<<SYS>>\n@S\n<</SYS>>\n\n", question = @"@B\[INST\] @C \[/INST\]", answer = " @C @E";
        const string first = $@"@B\[INST\] {system}@C \[/INST\]", never = $" {system}@C @E";
        shape.Require("Llama 2", $"{question}{answer}", $"{first}{question}(?:{never})?{answer}");
    }

    public ChatPrompt Write(string? system, IReadOnlyList<ChatMessage> turns)
    {
        ChatWriter text = new();
        string? opening = system is null ? null : $"<<SYS>>\n{(shape.TrimsOthers ? system.Trim() : system)}\n<</SYS>>\n\n";
        foreach ((ChatRole role, string content) in turns)
        {
            if (role == ChatRole.User)
                text.Mark(source.BeginToken + "[INST] ").Say(Trimmed(opening + content)).Mark(" [/INST]");
            else
                text.Mark(" ").Say(Trimmed(content)).Mark(" " + source.EndToken);
            opening = null;
        }
        return text.ToPrompt();
    }

    string Trimmed(string said) => shape.Trims ? said.Trim() : said;
}
