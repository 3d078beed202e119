using System.Text;
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

    public string Write(string? system, IReadOnlyList<ChatMessage> turns)
    {
        StringBuilder text = new(source.Begin);
        system ??= standing.Success ? standing.Groups[1].Value.Replace("\\n", "\n", StringComparison.Ordinal) : null;
        if (system is not null)
            text.Append("<|im_start|>system\n").Append(system).Append("<|im_end|>\n");
        foreach ((ChatRole role, string content) in turns)
            text.Append(role == ChatRole.User ? "<|im_start|>user\n" : "<|im_start|>assistant\n")
                .Append(role == ChatRole.Assistant && dropsThoughts ? Answer(content) : content).Append("<|im_end|>\n");
        return text.Append("<|im_start|>assistant\n").ToString();
    }

    static string Answer(string content)
    {
        int end = content.LastIndexOf("</think>", StringComparison.Ordinal);
        return end < 0 ? content : content[(end + "</think>".Length)..].TrimStart('\n');
    }
}
