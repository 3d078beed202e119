using System.Text.RegularExpressions;

namespace Speculative;

/// <summary>Vicuna: <c>system USER: question ASSISTANT: answer&lt;/s&gt;</c>; what stands between them is read from the template.</summary>
/// <remarks>The begin token is written where the template names it.</remarks>
sealed class VicunaFormat : IChatFormat
{
    const string Turns = @"USER: @C(?<question>@T)(?<open>ASSISTANT:@T)@S(?<answer>@T)(?:ASSISTANT:)?", Family = "Vicuna";

    readonly ChatSource source;
    readonly string beforeSystem, afterSystem, afterQuestion, beforeAnswer, afterAnswer;
    readonly bool knowsSystem, trims, trimsAnswers, trimsSystem;

    public VicunaFormat(ChatSource source)
    {
        this.source = source;
        ChatShape shape = new(source), system = new(source);
        Match match = shape.Require(Family, $"@B?{Turns}", withSystem: null);
        (afterQuestion, beforeAnswer, afterAnswer) =
            (match.Groups["question"].Value, match.Groups["open"].Value, match.Groups["answer"].Value);
        (trims, trimsAnswers) = (shape.Trims, shape.TrimsOthers);
        knowsSystem = shape.WithSystem.Text != shape.Plain.Text;
        string rest = shape.Plain.Text[shape.Plain.Text.IndexOf("USER: ", StringComparison.Ordinal)..];
        string opening = knowsSystem ? "(?<before>@T)@S(?<after>@T)" : "";
        Match with = system.Match(Family, $"@B?{opening}{Regex.Escape(rest)}", shape.WithSystem.Text);
        (beforeSystem, afterSystem, trimsSystem) = (with.Groups["before"].Value, with.Groups["after"].Value, system.TrimsOthers);
    }

    public ChatPrompt Write(string? system, IReadOnlyList<ChatMessage> turns)
    {
        ChatWriter text = new ChatWriter().Mark(source.Begin);
        if (system is not null)
            text.Mark(knowsSystem ? beforeSystem : throw new ArgumentException(
                "This model's chat template knows no system message: put it into the first question."))
                .Say(trimsSystem ? system.Trim() : system).Mark(afterSystem);
        foreach ((ChatRole role, string content) in turns)
            if (role == ChatRole.User)
                text.Mark("USER: ").Say(trims ? content.Trim() : content).Mark(afterQuestion);
            else
                text.Mark(beforeAnswer).Say(trimsAnswers ? content.Trim() : content).Mark(afterAnswer);
        return text.Mark("ASSISTANT:").ToPrompt();
    }
}
