namespace Speculative;

/// <summary>
/// Writes a conversation as the text that a chat model was trained on. The family is recognised by the marks in the folder's own template
/// (<c>chat_template</c> of tokenizer_config.json, or chat_template.jinja): ChatML, Llama 2, Llama 3, Mistral, Vicuna, TinyLlama,
/// Phi-3 and Zephyr, the embedded one's. A template that prints anything else than its family's is refused.
/// </summary>
/// <remarks>
/// Turn what it writes into ids with <see cref="Tokenizer.Encode(ChatPrompt)"/>: special tokens, the begin token included, come from the
/// template alone, whatever a message spells. (Where a family's marks are no special tokens, such as Llama 2's <c>[INST]</c>, a message can
/// still imitate them: no tokenizer can tell.) Immutable and thread-safe.
/// </remarks>
public sealed class ChatTemplate
{
    readonly IChatFormat format;

    ChatTemplate(IChatFormat format) => this.format = format;

    /// <summary>Reads a model folder's template.</summary>
    /// <param name="folder">A folder with <c>tokenizer_config.json</c>.</param>
    /// <exception cref="ArgumentException"><paramref name="folder"/> is null or empty.</exception>
    /// <exception cref="ModelFormatException">There is no template, or it is of no known family.</exception>
    public static ChatTemplate Load(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ChatSource source = ChatSource.Read(Path.GetFullPath(folder));
        return new(Recognise(source));
    }

    /// <summary>Reads the template of a GGUF file; what it returns needs the file no longer.</summary>
    /// <param name="file">An open file.</param>
    /// <exception cref="ModelFormatException">There is no template, or it is of no known family.</exception>
    public static ChatTemplate Load(GgufFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new(Recognise(ChatSource.Read(file)));
    }

    /// <summary>Writes a conversation up to where the model's answer begins.</summary>
    /// <param name="messages">A system message or none, then user and assistant in turn, user first and last.</param>
    /// <returns>The prompt.</returns>
    /// <exception cref="ArgumentException">A message is out of order, or the family knows no system message.</exception>
    /// <exception cref="ModelFormatException">
    /// Without a system message the template writes one of its own, in a way that cannot be read: give one.
    /// </exception>
    public ChatPrompt Apply(IReadOnlyList<ChatMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        string? system = messages.Count > 0 && messages[0].Role == ChatRole.System ? messages[0].Content : null;
        ChatMessage[] turns = [.. messages.Skip(system is null ? 0 : 1)];
        for (int i = 0; i < turns.Length; i++)
        {
            ChatRole expected = i % 2 == 0 ? ChatRole.User : ChatRole.Assistant;
            if (turns[i].Role != expected)
                throw new ArgumentException(
                    $"Expected message {messages.Count - turns.Length + i} from {expected}, got {turns[i].Role}.", nameof(messages));
        }
        string last = messages.Count == 0 ? "none" : messages[^1].Role.ToString();
        return turns.Length % 2 == 1 ? format.Write(system, turns)
            : throw new ArgumentException($"Expected the last message from {ChatRole.User}, got {last}.", nameof(messages));
    }

    static IChatFormat Recognise(ChatSource source)
    {
        if (source.Has("<|im_start|>"))
            return new ChatMlFormat(source);
        if (source.Has("<|start_header_id|>"))
            return new Llama3Format(source);
        if (source.Has("[INST]"))
            return source.Has("<<SYS>>") ? new Llama2Format(source) : new MistralFormat(source);
        if (source.Has("<|user|>") || source.Has("'<|' + message['role'] + '|>"))
            return new RoleLineFormat(source);
        if (source.Has("USER:") && source.Has("ASSISTANT:"))
            return new VicunaFormat(source);
        throw source.Fault("a known family's marks: <|im_start|> (ChatML), <|start_header_id|> (Llama 3), [INST] with or without <<SYS>> "
            + "(Llama 2, Mistral), USER: and ASSISTANT: (Vicuna), or <|user|> (TinyLlama, Zephyr, the embedded model)");
    }
}
