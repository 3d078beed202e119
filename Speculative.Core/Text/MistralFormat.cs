using System.Text.RegularExpressions;

namespace Speculative;

/// <summary>
/// Mistral: <c>&lt;s&gt;[INST] question [/INST]answer&lt;/s&gt;</c>. Its versions differ in spaces and in where the system message
/// goes (in the first question, in the last, nowhere): that is read from the template.
/// </summary>
sealed class MistralFormat : IChatFormat
{
    const string Answer =
        @"(?:'( ?)'\s*\+\s*)?message(?:\['content'\]|\.content)\s*(\|\s*trim|\.strip\(\))?\s*\+\s*eos_token(?:\s*\+\s*'( ?)')?";

    readonly ChatSource source;
    readonly string open, close, beforeAnswer, afterAnswer;
    readonly bool trims, knowsSystem, systemIsLast;

    public MistralFormat(ChatSource source)
    {
        this.source = source;
        string template = source.Template.Replace('"', '\'');
        Match opening = Find(template, @"'( ?\[INST\] ?)'", "'[INST] '");
        Match closing = Find(template, @"'( ?\[/INST\] ?)'", "' [/INST]'");
        Match answer = Find(template, Answer, "message['content'] + eos_token");
        (open, close) = (opening.Groups[1].Value, closing.Groups[1].Value);
        (beforeAnswer, afterAnswer) = (answer.Groups[1].Value, answer.Groups[3].Value);
        trims = answer.Groups[2].Success;
        knowsSystem = source.Has("system_message");
        systemIsLast = source.Has("loop.last and system_message") || source.Has("user_messages[-1]) and system_message");
        bool systemIsFirst = source.Has("loop.first and system_message") || source.Has("loop.index0 == 0 and system_message");
        if (knowsSystem && !systemIsLast && !systemIsFirst)
            throw source.Fault("the system message in the first or last question");
    }

    public ChatPrompt Write(string? system, IReadOnlyList<ChatMessage> turns)
    {
        if (system is not null && !knowsSystem)
            throw new ArgumentException("This model's chat template knows no system message: put it into the first question.");
        ChatWriter text = new ChatWriter().Mark(source.Begin);
        for (int i = 0; i < turns.Count; i++)
        {
            string content = turns[i].Content;
            if (turns[i].Role == ChatRole.Assistant)
                text.Mark(beforeAnswer).Say(trims ? content.Trim() : content).Mark(source.EndToken + afterAnswer);
            else
                text.Mark(open).Say(system is not null && i == (systemIsLast ? turns.Count - 1 : 0) ? system + "\n\n" : "")
                    .Say(content).Mark(close);
        }
        return text.ToPrompt();
    }

    Match Find(string template, string pattern, string expected) =>
        Regex.Match(template, pattern, RegexOptions.CultureInvariant) is { Success: true } match ? match : throw source.Fault(expected);
}
