namespace Speculative;

/// <summary>
/// A chat template as Hugging Face runs it: jinja2 with <c>trim_blocks</c>, <c>lstrip_blocks</c> and loop controls, in a sandbox whose
/// values do not change. It is exact in what it knows, says so of what it does not, and is stopped where it does too much.
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
sealed class JinjaTemplate
{
    const int MostCharacters = 1 << 18;

    readonly ChatSource source;
    readonly IReadOnlyList<JinjaStatement> body;

    /// <exception cref="ModelFormatException">It is damaged, or has something in it that is not known.</exception>
    public JinjaTemplate(ChatSource source)
    {
        this.source = source;
        if (source.Template.Length > MostCharacters)
            throw source.Fault($"at most {MostCharacters} characters", "more");
        try
        {
            body = JinjaParser.Parse(source.Template);
        }
        catch (JinjaFault fault)
        {
            throw source.Fault(fault.Expected, $"{fault.Found} (line {fault.Line ?? 1})");
        }
    }

    /// <summary>What it prints for a conversation.</summary>
    /// <exception cref="JinjaRefusal">It does not want the conversation.</exception>
    /// <exception cref="ModelFormatException">It fails, or does not end.</exception>
    public JinjaText Print(IReadOnlyList<ChatMessage> messages)
    {
        JinjaRun run = new(new(messages.Count, messages.Sum(message => (long)message.Content.Length)));
        try
        {
            SetUp(run.Scope, messages);
            run.Run(body);
            return run.Output.ToText();
        }
        catch (JinjaFault fault)
        {
            throw source.Fault(fault.Expected, $"{fault.Found} (line {run.Line})");
        }
    }

    void SetUp(JinjaScope scope, IReadOnlyList<ChatMessage> messages)
    {
        scope["messages"] = new JinjaList([.. messages.Select(Dict)]);
        scope["bos_token"] = new JinjaText(source.BeginToken);
        scope["eos_token"] = new JinjaText(source.EndToken);
        scope["add_generation_prompt"] = true;
        scope["tools"] = scope["documents"] = JinjaNone.Value;
    }

    static object Dict(ChatMessage message) => new JinjaDict(
    [
        new(new JinjaText("role"), new JinjaText(message.Role.ToString().ToLowerInvariant())),
        new(new JinjaText("content"), JinjaText.Said(message.Content)),
    ]);
}
