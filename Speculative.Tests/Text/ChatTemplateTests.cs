using System.Text.Json;

namespace Speculative.Tests;

public sealed class ChatTemplateTests
{
    static readonly ChatMessage[] Conversation =
        [new(ChatRole.System, "Be brief."), new(ChatRole.User, "Hi"), new(ChatRole.Assistant, "Hello"), new(ChatRole.User, "Bye")];

    [Theory]
    [InlineData(ChatFamily.ChatMl, "<|im_start|>",
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n")]
    [InlineData(ChatFamily.Llama3, "<|start_header_id|>",
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"
        + "<|start_header_id|>assistant<|end_header_id|>\n\nHello<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nBye<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n")]
    [InlineData(ChatFamily.Llama2, "[INST] <<SYS>>", "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHi [/INST] Hello </s><s>[INST] Bye [/INST]")]
    [InlineData(ChatFamily.Mistral, "{{ bos_token }}[INST] [/INST]", "<s>[INST] Be brief.\n\nHi [/INST]Hello</s>[INST] Bye [/INST]")]
    [InlineData(ChatFamily.Vicuna, "USER: ASSISTANT:", "<s>Be brief. USER: Hi ASSISTANT: Hello</s> USER: Bye ASSISTANT:")]
    [InlineData(ChatFamily.RoleTags, "<|assistant|> <|end|>", "<|system|>\nBe brief.<|end|>\n<|user|>\nHi<|end|>\n<|assistant|>\nHello<|end|>\n<|user|>\nBye<|end|>\n<|assistant|>\n")]
    public void Apply_SpellsAConversationAsTheFamilyDoes(ChatFamily family, string source, string expected)
    {
        ChatTemplate template = Load(source);
        Assert.Equal((family, expected), (template.Family, template.Apply(Conversation)));
    }

    [Fact]
    public void Apply_EmbeddedModel_EqualsTheReferencePrompts()
    {
        ChatTemplate template = ChatTemplate.Load(RepositoryFolder.EmbeddedModel);
        using JsonDocument reference = JsonDocument.Parse(File.ReadAllText(Path.Combine(RepositoryFolder.EmbeddedModel, "reference.json")));
        foreach (JsonElement generation in reference.RootElement.GetProperty("generations").EnumerateArray())
            Assert.Equal(generation.GetProperty("text").GetString(), template.Apply([new(ChatRole.User, generation.GetProperty("prompt").GetString()!)]));
    }

    [Fact]
    public void Apply_WithoutSystem_UsesTheTemplatesOwn()
    {
        ChatTemplate qwen = Load("{{- '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }} <|im_start|>");
        Assert.StartsWith("<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\nHi", qwen.Apply([new(ChatRole.User, "Hi")]), StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_RolesOutOfOrder_Throws()
    {
        ChatTemplate template = Load("<|im_start|>");
        Assert.Throws<ArgumentException>(() => template.Apply([]));
        Assert.Throws<ArgumentException>(() => template.Apply([new(ChatRole.Assistant, "x")]));
        Assert.Throws<ArgumentException>(() => template.Apply([new(ChatRole.User, "x"), new(ChatRole.User, "y")]));
        Assert.Throws<ArgumentException>(() => template.Apply([new(ChatRole.User, "x"), new(ChatRole.Assistant, "y")]));
    }

    [Theory]
    [InlineData(null, "has no chat template")]
    [InlineData("{{ something else }}", "no known family")]
    public void Load_NoneOrUnknown_SaysWhatIsMissing(string? source, string says) =>
        Assert.Contains(says, Assert.Throws<ModelFormatException>(() => Load(source)).Message, StringComparison.Ordinal);

    static ChatTemplate Load(string? source)
    {
        using TemporaryFolder folder = new();
        folder.Write("tokenizer_config.json", JsonSerializer.Serialize(new { bos_token = new { content = "<s>" }, eos_token = "</s>", chat_template = source }));
        return ChatTemplate.Load(folder.FullPath);
    }
}
