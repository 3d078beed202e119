using System.Text.RegularExpressions;

namespace Speculative;

/// <summary>
/// The embedded model's own, TinyLlama's, Zephyr's, Phi-3's: <c>&lt;|role|&gt;\ncontent</c> for each message, then the template's end mark
/// (<c>&lt;|end|&gt;\n</c>, or the end token and a line break).
/// </summary>
sealed partial class RoleLineFormat : IChatFormat
{
    const string Family = "<|user|> lines with an end mark after what they say";

    readonly ChatSource source;
    readonly (string Begin, string End)? system;
    readonly (string Begin, string End) user, assistant;
    readonly string prompt;
    readonly bool trims, skipsEmptySystem;

    public RoleLineFormat(ChatSource source)
    {
        this.source = source;
        ChatShape shape = new(source);
        bool printsRole = shape.Plain.Text.Contains(JinjaMark.Role);
        const string user = @"(?<user><\|user\|>\s*)@C(?<end>@T)", answer = @"(?<answer><\|assistant\|>\s*)@C(?<close>@T)",
            line = @"<\|@R\|>(?<space>\s*)@C(?<end>@T)", opening = @"(?<opening><\|assistant\|>\s*)?";
        Match match = shape.Require(Family, $"@B?{(printsRole ? line : user + answer)}{opening}", withSystem: null);
        string end = match.Groups["end"].Value, space = match.Groups["space"].Value, close = match.Groups["close"].Value;
        this.user = printsRole ? ($"<|user|>{space}", end) : (match.Groups["user"].Value, end);
        assistant = printsRole ? ($"<|assistant|>{space}", end) : (match.Groups["answer"].Value, close);
        prompt = match.Groups["opening"] is { Success: true, Value: var opened } ? opened : assistant.Begin;
        system = printsRole ? ($"<|system|>{space}", end) : System(shape);
        trims = shape.Trims;
        skipsEmptySystem = source.Has("== 'system' and message['content']");
        if (end.Length == 0 || assistant.End.Length == 0 || printsRole && shape.WithSystem.Text != shape.Plain.Text)
            throw source.Fault("an end mark after what <|user|> and <|assistant|> say");
    }

    /// <summary>What stands around the system's messages; null where they are not printed.</summary>
    (string Begin, string End)? System(ChatShape shape)
    {
        string text = shape.WithSystem.Text;
        if (text == shape.Plain.Text)
            return null;
        Match line = SystemLine().Match(text);
        return line.Success && text.Remove(line.Index, line.Length) == shape.Plain.Text
            ? (line.Groups["begin"].Value, line.Groups["end"].Value) : throw source.Fault("<|system|> before what the system says");
    }

    public ChatPrompt Write(string? system, IReadOnlyList<ChatMessage> turns)
    {
        ChatWriter text = new ChatWriter().Mark(source.Begin);
        if (system is not null && !(skipsEmptySystem && system.Length == 0))
            Add(this.system ?? throw new ArgumentException(
                "This model's chat template knows no system message: put it into the first question."), system);
        foreach ((ChatRole role, string content) in turns)
            Add(role == ChatRole.User ? user : assistant, content);
        return text.Mark(prompt).ToPrompt();

        void Add((string Begin, string End) marks, string said) =>
            text.Mark(marks.Begin).Say(trims ? said.Trim() : said).Mark(marks.End);
    }

    [GeneratedRegex(@"(?<begin><\|system\|>\s*)[\uFDD1\uFDD2](?<end>[^\uFDD0-\uFDD2\uFFFC]*?)(?=<\|user\|>|<\|assistant\|>)")]
    private static partial Regex SystemLine();
}
