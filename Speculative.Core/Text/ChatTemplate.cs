namespace Speculative;

/// <summary>
/// Writes a conversation as the text that a chat model was trained on, by the model's own template (<c>chat_template</c> of
/// tokenizer_config.json, chat_template.jinja, or a GGUF file's): it is run as Hugging Face runs it, asked for an answer, given no tools.
/// </summary>
/// <remarks>
/// Turn what it writes into ids with <see cref="Tokenizer.Encode(ChatPrompt)"/>: special tokens, the begin token included, come from the
/// template alone, whatever a message spells. (Where a family's marks are no special tokens, such as Llama 2's <c>[INST]</c>, a message can
/// still imitate them: no tokenizer can tell.) There is no <c>strftime_now</c>, so that a conversation gives the same text every day:
/// templates that test for it fall back to a date of their own, others fail. A template that does more than any conversation needs is stopped.
/// Immutable and thread-safe.
/// </remarks>
public sealed class ChatTemplate
{
    readonly JinjaTemplate template;

    ChatTemplate(ChatSource source) => template = new(source);

    /// <summary>Reads a model folder's template.</summary>
    /// <param name="folder">A folder with <c>tokenizer_config.json</c>.</param>
    /// <exception cref="ArgumentException"><paramref name="folder"/> is null or empty.</exception>
    /// <exception cref="ModelFormatException">There is no template, or it is damaged, or has tags that are not known.</exception>
    public static ChatTemplate Load(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return new(ChatSource.Read(Path.GetFullPath(folder)));
    }

    /// <summary>Reads the template of a GGUF file; what it returns needs the file no longer.</summary>
    /// <param name="file">An open file.</param>
    /// <exception cref="ModelFormatException">There is no template, or it is damaged, or has tags that are not known.</exception>
    public static ChatTemplate Load(GgufFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new(ChatSource.Read(file));
    }

    /// <summary>Writes a conversation up to where the model's answer begins.</summary>
    /// <param name="messages">At least one, the last one the user's; what else may follow what is the template's own business.</param>
    /// <returns>The prompt.</returns>
    /// <exception cref="ArgumentException">
    /// The last message is not the user's, one is null, or the template does not want the conversation (<c>raise_exception</c>): the text is its own.
    /// </exception>
    /// <exception cref="ModelFormatException">The template fails; the message names the file and the line.</exception>
    public ChatPrompt Apply(IReadOnlyList<ChatMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        if (messages.Any(message => message?.Content is null))
            throw new ArgumentException("Expected messages that say something, got null.", nameof(messages));
        string last = messages.Count == 0 ? "none" : messages[^1].Role.ToString();
        if (last != nameof(ChatRole.User))
            throw new ArgumentException($"Expected the last message from {ChatRole.User}, got {last}.", nameof(messages));
        try
        {
            return new(template.Print(messages).Pieces());
        }
        catch (JinjaRefusal refusal)
        {
            throw new ArgumentException(refusal.Message, nameof(messages), refusal);
        }
    }
}
