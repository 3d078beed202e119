using System.Text.RegularExpressions;

namespace Speculative;

/// <summary>ChatML (Qwen2, Qwen3, SmolLM2 and many fine-tunes): <c>&lt;|im_start|&gt;role\ncontent&lt;|im_end|&gt;\n</c>.</summary>
/// <remarks>
/// A system message that the template writes on its own is taken over, and what it begins the answer with (<c>&lt;think&gt;\n</c>). Where
/// the template knows <c>&lt;/think&gt;</c> (Qwen3), the thoughts of answers are left out, as it does for all answers before the last
/// question.
/// </remarks>
sealed partial class ChatMlFormat : IChatFormat
{
    const string Opening = "<|im_start|>assistant";

    readonly ChatSource source;
    readonly ChatShape shape;
    readonly string? standing;
    readonly bool isUnreadable, dropsThoughts, keepsPlainAnswers;
    readonly string prompt = Opening + "\n";

    public ChatMlFormat(ChatSource source)
    {
        this.source = source;
        shape = new(source);
        dropsThoughts = Thoughts().IsMatch(source.Template);
        keepsPlainAnswers = PlainAnswer().IsMatch(source.Template);
        const string message = @"<\|im_start\|>(?:@R|user|assistant|system)\n@C(?:<\|im_end\|>\n)?";
        string answer = $"{Regex.Escape(Opening)}\n@T";
        shape.Require("ChatML", $@"@B?(?:<\|im_start\|>system\n(?:@T|@T\uFFFC.*?)<\|im_end\|>\n|{message})*(?:{answer})?",
            $@"@B?(?:{message})*(?:{answer})?");
        JinjaText template = shape.Plain;
        List<Match> systems = [.. SystemMessage().Matches(template.Text).Cast<Match>()];
        standing = systems.Find(match => match.Groups["end"].Value == "<|im_end|>")?.Groups["said"].Value;
        isUnreadable = standing is null && systems.Exists(match => !string.IsNullOrWhiteSpace(match.Groups["said"].Value));
        if (template.Prompt.LastIndexOf(Opening, StringComparison.Ordinal) is >= 0 and var at)
            prompt = template.Prompt[at..].Split(JinjaMark.Gap)[0];
    }

    public ChatPrompt Write(string? system, IReadOnlyList<ChatMessage> turns)
    {
        if (system is null && isUnreadable)
            throw new ModelFormatException($"{source.File}: chat_template: expected a system message of its own that is one text, found "
                + "one that is put together where it is printed: begin the conversation with a system message.");
        ChatWriter text = new ChatWriter().Mark(source.Begin);
        if ((system ?? standing) is { } said)
            text.Mark("<|im_start|>system\n").Say(system is null ? said : Trimmed(said)).Mark("<|im_end|>\n");
        foreach ((ChatRole role, string content) in turns)
            text.Mark(role == ChatRole.User ? "<|im_start|>user\n" : "<|im_start|>assistant\n")
                .Say(Trimmed(role == ChatRole.Assistant && dropsThoughts ? Answer(content) : content)).Mark("<|im_end|>\n");
        return text.Mark(prompt).ToPrompt();
    }

    string Answer(string content)
    {
        int end = content.LastIndexOf("</think>", StringComparison.Ordinal);
        return end < 0 && keepsPlainAnswers ? content : content[(end < 0 ? 0 : end + "</think>".Length)..].TrimStart('\n');
    }

    string Trimmed(string said) => shape.Trims ? said.Trim() : said;

    /// <summary>Answers are said without what they thought.</summary>
    [GeneratedRegex(@"\.split\(['""]</think>['""]\)")]
    private static partial Regex Thoughts();

    /// <summary>Those that thought nothing are left as they are, white space before them too.</summary>
    [GeneratedRegex(@"if ['""]</think>['""] in ")]
    private static partial Regex PlainAnswer();

    /// <summary>What the template says itself, and what ends it: the message's end, a gap, another message.</summary>
    [GeneratedRegex(@"<\|im_start\|>system\n(?<said>[^\uFDD0-\uFDD2\uFFFC]*?)(?<end><\|im_end\|>|(?=<\|im_start\|>)|\uFFFC|$)")]
    private static partial Regex SystemMessage();
}
