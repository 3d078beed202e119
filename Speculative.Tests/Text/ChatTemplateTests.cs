using System.Text.Json;

namespace Speculative.Tests;

/// <summary>
/// The text of each family as published, from small templates in the family's style; and what is said of damaged ones.
/// </summary>
public sealed class ChatTemplateTests
{
    const string Apart = "{% if messages[0]['role'] == 'system' %}{% set system_message = messages[0]['content'] %}"
        + "{% set rest = messages[1:] %}{% else %}{% set rest = messages %}{% endif %}";
    const string Llama2 = "{% set system_message = false %}" + Llama2Turns;
    const string Llama2Turns = Apart + "{% for message in rest %}"
        + "{% if loop.index0 == 0 and system_message != false %}"
        + "{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}"
        + "{% else %}{% set content = message['content'] %}{% endif %}"
        + "{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}"
        + "{% elif message['role'] == 'assistant' %}{{ ' ' + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}";
    const string Llama3Turn =
        "'<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>'";
    const string Llama3Answer =
        "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}";
    const string Llama3 = "{% for message in messages %}{% set content = " + Llama3Turn + " %}"
        + "{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}" + Llama3Answer;
    internal const string Llama31 = "{{ bos_token }}{% if not date_string is defined %}{% set date_string = '26 Jul 2024' %}{% endif %}"
        + "{% if messages[0]['role'] == 'system' %}{% set said = messages[0]['content'] | trim %}{% set messages = messages[1:] %}"
        + "{% else %}{% set said = '' %}{% endif %}{{ '<|start_header_id|>system<|end_header_id|>\n\n' }}"
        + "{% if tools is not none %}"
        + "{{ 'Environment: ipython\n' }}{% endif %}{{ 'Cutting Knowledge Date: December 2023\n' }}"
        + "{{ 'Today Date: ' + date_string + '\n\n' }}{{ said }}{{ '<|eot_id|>' }}{% for message in messages %}"
        + "{% if not (message.role == 'tool' or 'tool_calls' in message) %}{{ " + Llama3Turn + " }}"
        + "{% else %}{{ '<|python_tag|>' + message.tool_calls[0].name }}{% endif %}{% endfor %}" + Llama3Answer;
    const string ChatMlTurn = "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}";
    const string ChatMlTurns = "{% for message in messages %}" + ChatMlTurn + "{% endfor %}";
    const string ChatMlAnswer = "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
    internal const string ChatMl = ChatMlTurns + ChatMlAnswer;
    const string ChatMlRest = "{% for message in messages %}{% if message.role != 'system' %}" + ChatMlTurn + "{% endif %}{% endfor %}"
        + ChatMlAnswer;
    const string Mistral1 = MistralQuestion + "{{ message['content'] + eos_token + ' ' }}{% endif %}{% endfor %}";
    const string Mistral2 = MistralQuestion + "{{ message['content'] + eos_token}}{% endif %}{% endfor %}";
    const string MistralQuestion = "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'system' %}"
        + "{{ raise_exception('Only user and assistant roles are supported!') }}{% elif message['role'] == 'user' %}"
        + "{{ '[INST] ' + message['content'] + ' [/INST]' }}{% else %}";
    const string Mistral3 = Apart + """
        {{- bos_token }}
        {%- for message in rest %}
            {%- if message["role"] == "user" %}
                {%- if loop.last and system_message is defined %}
                    {{- "[INST] " + system_message + "\n\n" + message["content"] + "[/INST]" }}
                {%- else %}
                    {{- "[INST] " + message["content"] + "[/INST]" }}
                {%- endif %}
            {%- else %}
                {{- " " + message["content"]|trim + eos_token}}
            {%- endif %}
        {%- endfor %}
        """;
    const string MistralFirst = Apart + """
        {{- bos_token }}
        {%- for message in rest %}
            {%- if message["role"] == "user" %}
                {%- if loop.first and system_message is defined %}
                    {{- " [INST] " + system_message + "\n\n" + message["content"] + " [/INST]" }}
                {%- else %}
                    {{- " [INST] " + message["content"] + " [/INST]" }}
                {%- endif %}
            {%- else %}
                {{- " " + message["content"] + eos_token}}
            {%- endif %}
        {%- endfor %}
        """;
    const string TinyLlama = "{% for message in messages %}\n"
        + "{% if message['role'] == 'user' %}\n{{ '<|user|>\n' + message['content'] + eos_token }}\n"
        + "{% elif message['role'] == 'system' %}\n{{ '<|system|>\n' + message['content'] + eos_token }}\n"
        + "{% elif message['role'] == 'assistant' %}\n{{ '<|assistant|>\n'  + message['content'] + eos_token }}\n{% endif %}\n"
        + "{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}";
    const string Phi3 = "{% for message in messages %}{% if message['role'] == 'user' %}"
        + "{{ '<|user|>\n' + message['content'] + '<|end|>\n<|assistant|>\n' }}"
        + "{% elif message['role'] == 'assistant' %}{{ message['content'] + '<|end|>\n' }}{% endif %}{% endfor %}";
    const string Vicuna = "{{ bos_token }}{% for message in messages %}"
        + "{% if message['role'] == 'system' %}{{ message['content'].strip() + ' ' }}"
        + "{% elif message['role'] == 'user' %}{{ 'USER: ' + message['content'].strip() + ' ' }}"
        + "{% else %}{{ 'ASSISTANT: ' + message['content'] + eos_token }}{% endif %}{% endfor %}"
        + "{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}";

    static readonly ChatMessage system = new(ChatRole.System, "Be brief."), question = new(ChatRole.User, " Hi "),
        answer = new(ChatRole.Assistant, " Ho "), more = new(ChatRole.User, "Why?");

    internal static ChatTemplate Load(string template)
    {
        using TokenizerFolder folder = new(("tokenizer_config.json",
            $"{{\"bos_token\":{{\"content\":\"<s>\"}},\"eos_token\":\"</s>\",\"chat_template\":{JsonSerializer.Serialize(template)}}}"));
        return ChatTemplate.Load(folder.Folder);
    }

    [Theory]
    [InlineData(Llama2, "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\n Hi [/INST] Ho </s><s>[INST] Why? [/INST]")]
    [InlineData(Llama3, "<s><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
        + "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHo<|eot_id|>"
        + "<|start_header_id|>user<|end_header_id|>\n\nWhy?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n")]
    [InlineData(ChatMl, "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n Hi <|im_end|>\n"
        + "<|im_start|>assistant\n Ho <|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n")]
    [InlineData(Mistral3, "<s>[INST]  Hi [/INST] Ho</s>[INST] Be brief.\n\nWhy?[/INST]")]
    [InlineData(MistralFirst, "<s> [INST] Be brief.\n\n Hi  [/INST]  Ho </s> [INST] Why? [/INST]")]
    [InlineData(TinyLlama, "<|system|>\nBe brief.</s>\n<|user|>\n Hi </s>\n<|assistant|>\n Ho </s>\n<|user|>\nWhy?</s>\n<|assistant|>\n")]
    [InlineData(Vicuna, "<s>Be brief. USER: Hi ASSISTANT:  Ho </s>USER: Why? ASSISTANT:")]
    [InlineData(Llama31, "<s><|start_header_id|>system<|end_header_id|>\n\n"
        + "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\nBe brief."
        + "<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHo<|eot_id|>"
        + "<|start_header_id|>user<|end_header_id|>\n\nWhy?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n")]
    public void Apply_WithSystem_WritesThePublishedText(string template, string expected) =>
        Assert.Equal(expected, Load(template).Apply([system, question, answer, more]).Text);

    [Theory]
    [InlineData(Llama2, "<s>[INST] Hi [/INST] Ho </s><s>[INST] Why? [/INST]")]
    [InlineData(Mistral1, "<s>[INST]  Hi  [/INST] Ho </s> [INST] Why? [/INST]")]
    [InlineData(Mistral2, "<s>[INST]  Hi  [/INST] Ho </s>[INST] Why? [/INST]")]
    [InlineData(Mistral3, "<s>[INST]  Hi [/INST] Ho</s>[INST] Why?[/INST]")]
    [InlineData(Vicuna, "<s>USER: Hi ASSISTANT:  Ho </s>USER: Why? ASSISTANT:")]
    [InlineData(Phi3, "<|user|>\n Hi <|end|>\n<|assistant|>\n Ho <|end|>\n<|user|>\nWhy?<|end|>\n<|assistant|>\n")]
    public void Apply_WithoutSystem_WritesThePublishedText(string template, string expected) =>
        Assert.Equal(expected, Load(template).Apply([question, answer, more]).Text);

    [Fact]
    public void Apply_Llama31_WritesDates() => Assert.Equal(
        "<s><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n<|eot_id|>"
        + "<|start_header_id|>user<|end_header_id|>\n\nWhy?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
        Load(Llama31).Apply([more]).Text);

    /// <summary>Seen in published templates: the marks of a family around other text, or its text in other places.</summary>
    [Theory]
    [InlineData("{% for message in messages %}{{ '<|im_start|>' + message['role'] + '<|im_sep|>' + message['content'] + '<|im_end|>' }}"
        + "{% endfor %}", "<|im_start|>system<|im_sep|>Be brief.<|im_end|><|im_start|>user<|im_sep|>Why?<|im_end|>")]
    [InlineData("{% set date = '26 Jul' %}{% if strftime_now is defined %}{% set date = strftime_now('%d %b') %}{% endif %}"
        + "{{ '<|im_start|>system\nToday is ' + date + '. ' + messages[0].content + '<|im_end|>\n' }}" + ChatMlRest,
        "<|im_start|>system\nToday is 26 Jul. Be brief.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n")]
    [InlineData("{{ bos_token }}\n{% for message in messages %}\n    "
        + "{{ '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}\n{% endfor %}",
        "<s>\n    <|im_start|>system\nBe brief.<|im_end|>\n\n    <|im_start|>user\nWhy?<|im_end|>\n\n")]
    [InlineData("{% for message in messages %}"
        + "{{ '<|im_start|>' + message.role + '\n' + message.content.split('.')[0] + '<|im_end|>\n' }}{% endfor %}",
        "<|im_start|>system\nBe brief<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n")]
    [InlineData("{{ '<|start_header_id|>user<|end_header_id|>\n\nIs this safe? ' + messages[-1].content + '<|eot_id|>' }}" + Llama3Answer,
        "<|start_header_id|>user<|end_header_id|>\n\nIs this safe? Why?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n")]
    [InlineData(Apart + "{{ bos_token }}{% if system_message is defined %}"
        + "{{ '[SYSTEM_PROMPT]' + system_message + '[/SYSTEM_PROMPT]' }}{% endif %}"
        + "{% for message in rest %}{{ '[INST]' + message['content'] + '[/INST]' }}{% endfor %}",
        "<s>[SYSTEM_PROMPT]Be brief.[/SYSTEM_PROMPT][INST]Why?[/INST]")]
    [InlineData("{{ 'Below is a chat. USER: ' + messages[1]['content'] + ' ASSISTANT:' }}", "Below is a chat. USER: Why? ASSISTANT:")]
    [InlineData("### Human: {{ messages[1].content }}", "### Human: Why?")]
    public void Apply_OfNoFamily_WritesWhatTheTemplateSays(string template, string expected) =>
        Assert.Equal(expected, Load(template).Apply([system, more]).Text);

    [Fact]
    public void Apply_TrimsWhatTheTemplateTrims()
    {
        Assert.StartsWith("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHo<|im_end|>\n",
            Load(ChatMl.Replace("message['content']", "message['content'] | trim")).Apply([question, answer, more]).Text);
        Assert.Contains("\n\n Hi <|eot_id|>", Load(Llama3.Replace(" | trim", "")).Apply([question]).Text, StringComparison.Ordinal);
        Assert.Contains("<|user|>\nHi<|end|>",
            Load(Phi3.Replace("message['content']", "message['content'].strip()")).Apply([question]).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_Qwen2_WritesItsStandingSystemMessage()
    {
        string qwen2 = ChatMl.Replace("{% for message in messages %}", "{% for message in messages %}"
            + "{% if loop.first and messages[0]['role'] != 'system' %}"
            + "{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}{% endif %}");
        ChatPrompt prompt = Load(qwen2).Apply([more]);
        Assert.Equal("<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n"
            + "<|im_start|>assistant\n", prompt.Text);
        Assert.Equal([false, true, false], prompt.Pieces.Select(piece => piece.IsSaid));
        Assert.StartsWith("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWhy?", Load(qwen2).Apply([system, more]).Text);
        Assert.StartsWith("<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n",
            Load(qwen2.Replace("\n", "\\n")).Apply([more]).Text);
    }

    /// <summary>Its two branches; the one with tools is not what is asked for.</summary>
    [Theory]
    [InlineData(@"'<|im_start|>system\nPut it within \\boxed{}. Don\'t guess.<|im_end|>\n'", @"Put it within \boxed{}. Don't guess.")]
    [InlineData(@"""<|im_start|>system\nSay 'yes' or {'no': 1}\u0021<|im_end|>\n""", "Say 'yes' or {'no': 1}!")]
    [InlineData(@"'<|im_start|>system\n' }}{{ 'You are ' ~ 'kind.' }}{{ '<|im_end|>\n'", "You are kind.")]
    [InlineData(@"'<|im_start|>system\n<|im_end|>\n'", "")]
    public void Apply_ChatMl_ReadsTheStandingMessageToItsEnd(string printed, string said)
    {
        string template = "{%- if tools %}{{- '<|im_start|>system\\nCall {}: ' }}{{ tools }}{{ '<|im_end|>\\n' }}{%- else %}"
            + "{%- if messages[0]['role'] == 'system' %}{{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}"
            + $"{{%- else %}}{{{{- {printed} }}}}{{%- endif %}}{{%- endif %}}";
        Assert.StartsWith($"<|im_start|>system\n{said}<|im_end|>\n<|im_start|>user\nWhy?", Load(template + ChatMlRest).Apply([more]).Text);
        Assert.StartsWith("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWhy?",
            Load(template + ChatMlRest).Apply([system, more]).Text);
    }

    [Fact]
    public void Apply_ChatMl_ReadsTheStandingMessageFromAVariable()
    {
        const string variable = "{% set system_message = 'Be kind.' %}{% if messages[0]['role'] == 'system' %}"
            + "{% set system_message = messages[0]['content'] %}{% endif %}{% if system_message is defined %}"
            + "{{ '<|im_start|>system\n' + system_message + '<|im_end|>\n' }}{% endif %}";
        Assert.StartsWith("<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user", Load(variable + ChatMlRest).Apply([more]).Text);
        Assert.StartsWith("<|im_start|>system\nBe brief.<|im_end|>\n", Load(variable + ChatMlRest).Apply([system, more]).Text);
    }

    [Fact]
    public void Apply_TemplateThatFails_NamesTheFileAndTheLine()
    {
        ChatTemplate template = Load("{% if messages[0].role != 'system' %}\n"
            + "{{ '<|im_start|>system\\nToday is ' + strftime_now('%d') + '.<|im_end|>\\n' }}{% endif %}" + ChatMl);
        Assert.EndsWith("tokenizer_config.json: chat_template: expected a value, found strftime_now, which is not given: the same "
            + "conversation would give other tokens every day (line 2).",
            Assert.Throws<ModelFormatException>(() => template.Apply([more])).Message, StringComparison.Ordinal);
        Assert.StartsWith("<|im_start|>system\nBe brief.", template.Apply([system, more]).Text);
        Assert.Contains("expected a filter that is known, found 'shout' (line 1).",
            Assert.Throws<ModelFormatException>(() => Load("{{ messages[0].content | shout }}").Apply([more])).Message);
    }

    [Theory]
    [InlineData(@"{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n<think>\n' }}
{%- endif %}", "<think>\n")]
    [InlineData("{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}", "")]
    [InlineData(@"{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\n\n</think>\n\n' }}
    {%- endif %}
{%- endif %}", "")]
    [InlineData(@"{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% if enable_thinking is defined and not enable_thinking %}"
        + @"{{ '<think>\n\n</think>\n\n' }}{% else %}{{ '<think>\n' }}{% endif %}{% else %}{{ '<|endoftext|>' }}{% endif %}", "<think>\n")]
    [InlineData("{% if enable_thinking is not defined %}{% set enable_thinking = true %}{% endif %}"
        + @"{% if add_generation_prompt %}{% if enable_thinking %}"
        + @"{{ '<|im_start|>assistant\n<think>\n' }}{% else %}{{ '<|im_start|>assistant\n' }}{% endif %}{% endif %}", "<think>\n")]
    public void Apply_ChatMl_BeginsTheAnswerAsTheTemplateDoes(string generation, string begun) => Assert.EndsWith(
        "<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n" + begun, Load(ChatMlTurns + generation).Apply([more]).Text);

    [Fact]
    public void Apply_Qwen3_DropsThoughtsOfEarlierAnswers()
    {
        const string drop = "{% set content = message.content.split('</think>')[-1].lstrip('\\n') %}";
        string qwen3 = ChatMl.Replace("message['content']", "content");
        string always = qwen3.Replace("{{ '<|im_start|>' + m", drop + "{{ '<|im_start|>' + m");
        string where = qwen3.Replace("{{ '<|im_start|>' + m",
            "{% set content = message.content %}{% if '</think>' in content %}" + drop + "{% endif %}{{ '<|im_start|>' + m");
        ChatMessage thought = new(ChatRole.Assistant, "<think>\nHm.\n</think>\n\nHo"), plain = new(ChatRole.Assistant, "\nHo");
        Assert.Contains("<|im_start|>assistant\nHo<|im_end|>\n", Load(always).Apply([question, thought, more]).Text);
        Assert.Contains("<|im_start|>assistant\nHo<|im_end|>\n", Load(where).Apply([question, thought, more]).Text);
        Assert.Contains("<|im_start|>assistant\n\nHo<|im_end|>\n", Load(where).Apply([question, plain, more]).Text);
        Assert.Contains("<|im_start|>assistant\nHo<|im_end|>\n", Load(always).Apply([question, plain, more]).Text);
        Assert.Contains("Hm.", Load(ChatMl).Apply([question, thought, more]).Text);
    }

    [Fact]
    public void Apply_EmbeddedModel_WithSystem() => Assert.Equal(
        "<|bos|><|system|>\nBe brief.<|end|>\n<|user|>\n Hi <|end|>\n<|assistant|>\n Ho <|end|>\n<|user|>\nWhy?<|end|>\n<|assistant|>\n",
        ChatTemplate.Load(RepositoryFolder.EmbeddedModel).Apply([system, question, answer, more]).Text);

    [Fact]
    public void Apply_OutOfOrder_Throws()
    {
        ChatTemplate template = Load(ChatMl);
        Assert.Contains("got none", Assert.Throws<ArgumentException>(() => template.Apply([])).Message);
        Assert.Contains("last message from User, got System", Assert.Throws<ArgumentException>(() => template.Apply([system])).Message);
        Assert.Contains("last message from User, got Assistant",
            Assert.Throws<ArgumentException>(() => template.Apply([question, answer])).Message);
        ArgumentException refused = Assert.Throws<ArgumentException>(() => Load(Mistral2).Apply([system, question]));
        Assert.Equal("messages", refused.ParamName);
        Assert.StartsWith("Only user and assistant roles are supported!", refused.Message, StringComparison.Ordinal);
        Assert.Equal("<|user|>\n Hi <|end|>\n<|assistant|>\n", Load(Phi3).Apply([question]).Text);
        Assert.StartsWith("<|im_start|>user\n Hi <|im_end|>\n<|im_start|>user\nWhy?", template.Apply([question, more]).Text);
    }

    [Fact]
    public void Load_NoneOrDamaged_SaysWhatWasExpected()
    {
        using TokenizerFolder none = new(("tokenizer_config.json", "{}"));
        Assert.Contains("chat_template", Assert.Throws<ModelFormatException>(() => ChatTemplate.Load(none.Folder)).Message);
        using TokenizerFolder empty = new();
        Assert.Contains("tokenizer_config.json", Assert.Throws<ModelFormatException>(() => ChatTemplate.Load(empty.Folder)).Message);
        Assert.EndsWith("tokenizer_config.json: chat_template: expected '%}', found 'b' (line 2).",
            Assert.Throws<ModelFormatException>(() => Load("a\n{% if a b %}")).Message, StringComparison.Ordinal);
        Assert.Contains("or an end that fits, found 'call' (line 1).",
            Assert.Throws<ModelFormatException>(() => Load("{% call x() %}{% endcall %}")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OtherPlaces_FindsTheTemplate()
    {
        using TokenizerFolder list = new(("tokenizer_config.json",
            "{\"chat_template\":[{\"name\":\"tool_use\",\"template\":\"?\"},"
            + $"{{\"name\":\"default\",\"template\":{JsonSerializer.Serialize(ChatMl)}}}]}}"));
        using TokenizerFolder file = new(("tokenizer_config.json", "{}"), ("chat_template.jinja", ChatMl));
        Assert.Equal(ChatTemplate.Load(list.Folder).Apply([more]).Text, ChatTemplate.Load(file.Folder).Apply([more]).Text);
    }
}
