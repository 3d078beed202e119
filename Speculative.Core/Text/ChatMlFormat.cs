using System.Text.RegularExpressions;

namespace Speculative;

/// <summary>ChatML (Qwen2, Qwen3, SmolLM2 and many fine-tunes): <c>&lt;|im_start|&gt;role\ncontent&lt;|im_end|&gt;\n</c>.</summary>
/// <remarks>
/// A system message that the template writes on its own is taken over. Where the template knows <c>&lt;/think&gt;</c> (Qwen3), the thoughts
/// of answers are left out, as it does for all answers before the last question.
/// </remarks>
sealed class ChatMlFormat(ChatSource source) : IChatFormat
{
    readonly Match standing = Regex.Match(source.Template, @"<\|im_start\|>system(?:\\n|\n)([^'""{}]+?)<\|im_end\|>");

    readonly bool dropsThoughts = source.Has("</think>");

    public ChatPrompt Write(string? system, IReadOnlyList<ChatMessage> turns)
    {
        ChatWriter text = new ChatWriter().Mark(source.Begin);
        system ??= standing.Success ? standing.Groups[1].Value.Replace("\\n", "\n", StringComparison.Ordinal) : null;
        if (system is not null)
            text.Mark("<|im_start|>system\n").Say(system).Mark("<|im_end|>\n");
        foreach ((ChatRole role, string content) in turns)
            text.Mark(role == ChatRole.User ? "<|im_start|>user\n" : "<|im_start|>assistant\n")
                .Say(role == ChatRole.Assistant && dropsThoughts ? Answer(content) : content).Mark("<|im_end|>\n");
        return text.Mark("<|im_start|>assistant\n").ToPrompt();
    }

    static string Answer(string content)
    {
        int end = content.LastIndexOf("</think>", StringComparison.Ordinal);
        return end < 0 ? content : content[(end + "</think>".Length)..].TrimStart('\n');
    }
}
