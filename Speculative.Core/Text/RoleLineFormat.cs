using System.Text.RegularExpressions;

namespace Speculative;

/// <summary>
/// The embedded model's own, TinyLlama's, Zephyr's: <c>&lt;|role|&gt;\ncontent</c> for each message, then the template's end mark
/// (<c>&lt;|end|&gt;\n</c>, or the end token and a line break).
/// </summary>
sealed class RoleLineFormat : IChatFormat
{
    const string Opening = "<|assistant|>";

    readonly ChatSource source;
    readonly JinjaText template;
    readonly (string Begin, string End)? system;
    readonly (string Begin, string End) user, assistant;
    readonly string prompt = Opening + "\n";

    public RoleLineFormat(ChatSource source)
    {
        this.source = source;
        template = new(source);
        system = Marks("system");
        user = Marks("user") ?? throw source.Fault("an end mark after what <|user|> says");
        assistant = Marks("assistant") ?? throw source.Fault("an end mark after what <|assistant|> says");
        if (template.Prompt.LastIndexOf(Opening, StringComparison.Ordinal) is >= 0 and var at)
            prompt = template.Prompt[at..].Split(JinjaText.Gap)[0];
    }

    public ChatPrompt Write(string? system, IReadOnlyList<ChatMessage> turns)
    {
        ChatWriter text = new ChatWriter().Mark(source.Begin);
        if (system is not null)
            Add(this.system ?? throw new ArgumentException(
                "This model's chat template knows no system message: put it into the first question."), system);
        foreach ((ChatRole role, string content) in turns)
            Add(role == ChatRole.User ? user : assistant, content);
        return text.Mark(prompt).ToPrompt();

        void Add((string Begin, string End) marks, string said) => text.Mark(marks.Begin).Say(said).Mark(marks.End);
    }

    /// <summary>What stands around a role's messages; the template may spell the role or print it.</summary>
    (string Begin, string End)? Marks(string role)
    {
        const char gap = JinjaText.Gap;
        string next = $@"<\|(?:system|user|assistant|{gap})\|>|{gap}|$";
        Match match = Regex.Match(template.Text, $@"<\|{role}\|>(?<space>\s*){gap}+(?<end>[^{gap}]*?)(?:{next})");
        if (!match.Success)
            match = Regex.Match(template.Text, $@"<\|{gap}\|>(?<space>\s*){gap}+(?<end>[^{gap}]*?)(?:{next})");
        return match.Groups["end"].Value is { Length: > 0 } end ? ($"<|{role}|>{match.Groups["space"].Value}", end) : null;
    }
}
