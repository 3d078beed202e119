using System.Text.RegularExpressions;

namespace Speculative;

/// <summary>
/// Mistral: <c>&lt;s&gt;[INST] question [/INST]answer&lt;/s&gt;</c>. Its versions differ in spaces and in where the system message
/// goes (in the first question, in the last, nowhere): that is read from the template.
/// </summary>
sealed partial class MistralFormat : IChatFormat
{
    readonly ChatSource source;
    readonly string open, close, beforeAnswer, endOfAnswer, afterAnswer;
    readonly bool trims, trimsAnswers, knowsSystem, systemIsLast;

    public MistralFormat(ChatSource source)
    {
        this.source = source;
        ChatShape shape = new(source);
        const string answer = "(?<before> ?)@S(?<end> ?)@E(?<after> ?)", family = "Mistral";
        // A space after [/INST] may be the question's or the answer's: how the template spells it tells.
        Match spelled = Closing().Match(source.Template);
        close = spelled.Success ? spelled.Groups["close"].Value : throw source.Fault("' [/INST]'");
        Match match = shape.Require(family, $@"@B?(?<open> ?\[INST\] ?)@C{Regex.Escape(close)}{answer}", withSystem: null);
        open = match.Groups["open"].Value;
        (beforeAnswer, endOfAnswer, afterAnswer) = (match.Groups["before"].Value, match.Groups["end"].Value, match.Groups["after"].Value);
        (trims, trimsAnswers) = (shape.Trims, shape.TrimsOthers);
        knowsSystem = shape.WithSystem.Text != shape.Plain.Text;
        systemIsLast = source.Has("loop.last and system_message") || source.Has("user_messages[-1]) and system_message");
        bool systemIsFirst = source.Has("loop.first and system_message") || source.Has("loop.index0 == 0 and system_message");
        if (knowsSystem && !systemIsLast && !systemIsFirst)
            throw source.Fault("the system message in the first or last question");
        (string start, string stop) = (Regex.Escape(open), Regex.Escape(close));
        if (knowsSystem)
            shape.Match(family, $@"@B?{start}@C\n\n@C{stop}{start}@C{stop}{answer}", shape.WithSystem.Text);
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
                text.Mark(beforeAnswer).Say(trimsAnswers ? content.Trim() : content).Mark(endOfAnswer + source.EndToken + afterAnswer);
            else
                text.Mark(open).Say(system is not null && i == (systemIsLast ? turns.Count - 1 : 0) ? Trimmed(system) + "\n\n" : "")
                    .Say(Trimmed(content)).Mark(close);
        }
        return text.ToPrompt();
    }

    string Trimmed(string said) => trims ? said.Trim() : said;

    [GeneratedRegex(@"(['""])(?<close> ?\[/INST\] ?)\1")]
    private static partial Regex Closing();
}
