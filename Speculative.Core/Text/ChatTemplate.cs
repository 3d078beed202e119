using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Speculative;

/// <summary>
/// Spells a conversation as the prompt that a chat model was trained on. The family is recognised by the marks in the folder's own template
/// (chat_template.jinja, or <c>chat_template</c> of tokenizer_config.json); the template program itself is not run.
/// </summary>
/// <remarks>
/// Families: ChatML (Qwen), Llama 3, Llama 2, Mistral, Vicuna, and the <c>&lt;|user|&gt;</c> … <c>&lt;|end|&gt;</c> form of the embedded model. What some
/// templates add beyond the messages (tools, dates) is left out. Immutable.
/// </remarks>
public sealed class ChatTemplate
{
    const string VicunaSystem = "A chat between a curious user and an artificial intelligence assistant. "
        + "The assistant gives helpful, detailed, and polite answers to the user's questions.";

    readonly string begin, end, defaultSystem;

    ChatTemplate(ChatFamily family, string begin, string end, string defaultSystem) =>
        (Family, this.begin, this.end, this.defaultSystem) = (family, begin, end, defaultSystem);

    /// <summary>The family that was recognised.</summary>
    public ChatFamily Family { get; }

    /// <summary>Recognises a folder's template.</summary>
    /// <param name="folder">The model folder.</param>
    /// <exception cref="ModelFormatException">There is no template, or it is none of the known families'.</exception>
    public static ChatTemplate Load(string folder)
    {
        string configPath = Path.Combine(folder, "tokenizer_config.json"), jinja = Path.Combine(folder, "chat_template.jinja");
        JsonFile config = JsonFile.Read(configPath);
        string? source = File.Exists(jinja) ? File.ReadAllText(jinja) : config["chat_template"].ValueKind == JsonValueKind.String ? config.Text("chat_template") : null;
        source ??= NamesVicuna(folder) ? "USER: ASSISTANT:" : throw new ModelFormatException(
            $"{folder} has no chat template: expected chat_template.jinja, or 'chat_template' in tokenizer_config.json.");
        ChatFamily family = Recognise(source) ?? throw new ModelFormatException(
            $"{folder}: the chat template is of no known family; looked for <|im_start|>, <|start_header_id|>, <|assistant|> with <|end|>, [INST], USER: with ASSISTANT:.");
        bool begins = source.Contains("bos_token", StringComparison.Ordinal) || family is ChatFamily.Llama2 or ChatFamily.Mistral or ChatFamily.Vicuna;
        string begin = TokenText(config, "bos_token"), end = TokenText(config, "eos_token");
        if (family == ChatFamily.Llama3)
            (begin, begins) = ("<|begin_of_text|>", true);
        return new(family, begins ? begin : "", end, DefaultSystem(family, source));
    }

    /// <summary>Spells a conversation, up to where the assistant's next message begins.</summary>
    /// <param name="messages">An optional system message, then user and assistant in turns, the user first and last.</param>
    /// <exception cref="ArgumentException">The roles are in another order.</exception>
    public string Apply(IReadOnlyList<ChatMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        bool hasSystem = messages.Count > 0 && messages[0].Role == ChatRole.System;
        string system = hasSystem ? messages[0].Content : defaultSystem;
        ChatMessage[] turns = [.. messages.Skip(hasSystem ? 1 : 0)];
        for (int i = 0; i < turns.Length; i++)
            if (turns[i].Role != (i % 2 == 0 ? ChatRole.User : ChatRole.Assistant))
                throw new ArgumentException($"Expected user and assistant in turns after an optional system message, found {turns[i].Role} as turn {i + 1}.", nameof(messages));
        if (turns.Length % 2 == 0)
            throw new ArgumentException("Expected the conversation to end with a user's message.", nameof(messages));
        return Family switch
        {
            ChatFamily.ChatMl => Marked(system, turns, "<|im_start|>{0}\n", "<|im_end|>\n"),
            ChatFamily.Llama3 => Marked(system, turns, "<|start_header_id|>{0}<|end_header_id|>\n\n", "<|eot_id|>"),
            ChatFamily.RoleTags => Marked(system, turns, "<|{0}|>\n", "<|end|>\n"),
            ChatFamily.Vicuna => Vicuna(system, turns),
            _ => Instructions(system, turns),
        };
    }

    /// <summary>Every message between a header that names its role and an end mark.</summary>
    string Marked(string system, ChatMessage[] turns, string header, string endMark)
    {
        StringBuilder text = new(begin);
        void Say(string role, string content) => text.Append(header.Replace("{0}", role, StringComparison.Ordinal)).Append(content).Append(endMark);
        if (system.Length > 0)
            Say("system", system);
        foreach (ChatMessage turn in turns)
            Say(turn.Role == ChatRole.User ? "user" : "assistant", Family == ChatFamily.Llama3 ? turn.Content.Trim() : turn.Content);
        return text.Append(header.Replace("{0}", "assistant", StringComparison.Ordinal)).ToString();
    }

    string Vicuna(string system, ChatMessage[] turns)
    {
        StringBuilder text = new(begin + system);
        foreach (ChatMessage turn in turns)
            text.Append(turn.Role == ChatRole.User ? $" USER: {turn.Content}" : $" ASSISTANT: {turn.Content}{end}");
        return text.Append(" ASSISTANT:").ToString();
    }

    /// <summary>Llama 2 and Mistral: the user between [INST] marks, the system inside the first.</summary>
    string Instructions(string system, ChatMessage[] turns)
    {
        bool llama = Family == ChatFamily.Llama2;
        string preface = system.Length == 0 ? "" : llama ? $"<<SYS>>\n{system}\n<</SYS>>\n\n" : $"{system}\n\n";
        StringBuilder text = new(llama ? "" : begin);
        for (int i = 0; i < turns.Length; i++)
            if (turns[i].Role == ChatRole.User)
                text.Append(llama ? begin : "").Append("[INST] ").Append(i == 0 ? preface : "").Append(llama ? turns[i].Content.Trim() : turns[i].Content).Append(" [/INST]");
            else
                text.Append(llama ? $" {turns[i].Content.Trim()} {end}" : $"{turns[i].Content}{end}");
        return text.ToString();
    }

    static ChatFamily? Recognise(string source)
    {
        bool Has(string mark) => source.Contains(mark, StringComparison.Ordinal);
        return Has("<|im_start|>") ? ChatFamily.ChatMl
            : Has("<|start_header_id|>") ? ChatFamily.Llama3
            : Has("<|end|>") && (Has("<|assistant|>") || Has("'<|' +")) ? ChatFamily.RoleTags
            : Has("[INST]") ? Has("<<SYS>>") ? ChatFamily.Llama2 : ChatFamily.Mistral
            : Has("USER:") && Has("ASSISTANT:") ? ChatFamily.Vicuna
            : null;
    }

    /// <summary>What the family says where the caller gives no system message: Qwen's template names its own.</summary>
    static string DefaultSystem(ChatFamily family, string source) => family switch
    {
        ChatFamily.Vicuna => VicunaSystem,
        ChatFamily.ChatMl => Regex.Match(source, @"<\|im_start\|>system(?:\\n|\n)(?<text>[^<'{]+)<\|im_end\|>").Groups["text"].Value,
        _ => "",
    };

    static bool NamesVicuna(string folder)
    {
        string path = Path.Combine(folder, "config.json");
        return File.Exists(path) && (JsonFile.Read(path).Text("_name_or_path") ?? "").Contains("vicuna", StringComparison.OrdinalIgnoreCase);
    }

    static string TokenText(JsonFile config, string name) =>
        config[name].ValueKind == JsonValueKind.Object ? config.Object(name)!.Value.Text("content") ?? "" : config.Text(name) ?? "";
}
