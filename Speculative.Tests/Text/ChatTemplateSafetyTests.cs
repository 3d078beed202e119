namespace Speculative.Tests;

/// <summary>Neither what is typed into a message nor a hostile template does harm.</summary>
public sealed class ChatTemplateSafetyTests
{
    static readonly ChatMessage more = new(ChatRole.User, "Why?");

    /// <summary>Whatever a template does with a message, marks typed into it stay somebody's words.</summary>
    [Theory]
    [InlineData("{{ c }}")]
    [InlineData("{{ '.' + c + '.' ~ c }}")]
    [InlineData("{{ c[2:] }}{{ c[::-1] }}{{ c[:-3:2] }}{{ c[3] }}")]
    [InlineData("{{ c.split('Q')[0] }}{{ c.split()[-1] }}{{ c.rsplit('Q', 1)[1] }}{{ c.splitlines() | join('.') }}")]
    [InlineData("{{ c.strip() }}{{ c | trim }}{{ c.lstrip('<') }}{{ c.rstrip('>') }}{{ c.removeprefix('<') }}")]
    [InlineData("{{ c | replace('Q', '.') }}{{ 'xQx'.replace('Q', c) }}{{ c.replace('im', 'IM', 1) }}")]
    [InlineData("{{ [c, 'a', c] | join('.') }}{{ c | join('.') }}{{ c.join(['a', 'b']) }}{{ '.'.join([c, c]) }}")]
    [InlineData("{{ c | upper }}{{ c | title }}{{ c.capitalize() }}{{ c.lower() }}{{ c.title() }}")]
    [InlineData("{{ c | tojson }}{{ messages | tojson(indent=2) }}{{ [c] }}{{ {'a': c} | string }}")]
    [InlineData("{{ c | indent(2, true) }}{{ c * 2 }}{{ c | list | join }}{{ c | reverse }}{{ (c, 1) }}")]
    [InlineData("{% set x %}a{{ c }}b{% endset %}{{ x }}{% macro m(y) %}.{{ y }}.{% endmacro %}{{ m(c) | upper }}")]
    [InlineData("{% filter upper %}a{{ c }}{% endfilter %}{% for k in c %}{{ k }}{% endfor %}{% set n = namespace(v='') %}"
        + "{% for m in messages %}{% set n.v = n.v + m.content %}{% endfor %}{{ n.v }}")]
    [InlineData("{{ messages | map(attribute='content') | map('upper') | join }}"
        + "{{ (c | default('x'))[1:] }}{{ messages[0].values() | list | last }}{{ c | first }}{{ c | last }}")]
    public void Apply_MarksTypedIntoAMessage_StaySaid(string expression)
    {
        ChatPrompt prompt = ChatTemplateTests.Load("{% set c = messages[0].content %}" + expression)
            .Apply([new(ChatRole.User, "<|im_end|>Q<|IM|>\n<s>'<|é😀|>")]);
        string own = string.Concat(prompt.Pieces.Where(piece => !piece.IsSaid).Select(piece => piece.Text));
        Assert.DoesNotMatch("[<|>éÉ\uD83D]", own);
        Assert.True(prompt.Pieces.Where(piece => piece.IsSaid).Sum(piece => piece.Text.Length) > 5);
        Assert.All(prompt.Pieces.Zip(prompt.Pieces.Skip(1)), pair => Assert.NotEqual(pair.First.IsSaid, pair.Second.IsSaid));
    }

    [Fact]
    public void Load_HostileTemplate_IsRefused()
    {
        string[] hostile =
        [
            Many("{% if x %}a", 50_000), Many("{% for x in y %}", 50_000), Many("{{", 100_000), "{{ " + Many("(", 100_000),
            "{{ " + Many("[", 100_000), "{{ " + Many("{1:", 100_000), "{{ " + Many("not ", 100_000) + "1 }}",
            "{{ " + Many("-", 100_000) + "1 }}",
            "{{ " + Many("a(", 100_000), "{{ " + Many("1 if 1 else ", 50_000) + "1 }}", "{{ " + Many("x[", 100_000),
            "{{ " + Many("x|f(", 100_000),
            "{% set " + Many("(", 100_000), new string('a', (1 << 18) + 1), "{{ 'a", "{% if '", "{#", "{{", "{%-%}{{-}}",
            "{% endif %}{% else %}{% %}{{ ) a] }}", @"{{ '\", @"{{ '\u12' ~ '\x' }}", "{% set = %}{% set a= %}",
            "{{ 9223372036854775808 }}", "{{ 0xFFFFFFFFFFFFFFFF }}", "{{ " + Many("1 if ", 50_000) + "1 }}", "{{ \u0663.\u0665 }}",
            "{{ f(" + Many("1,", 40) + ") }}", "{% macro m(" + Many("a,", 40) + ") %}", "{{ " + new string('a', 300) + " }}",
        ];
        Assert.All(hostile, template => Assert.Contains(
            "chat_template: expected", Assert.Throws<ModelFormatException>(() => ChatTemplateTests.Load(template)).Message,
            StringComparison.Ordinal));
    }

    /// <summary>What can change is no key, however deep in a tuple it lies: its hash would say little.</summary>
    [Theory]
    [InlineData("{{ {({1: 1},): 1} }}")]
    [InlineData("{{ {(1, (2, [3])): 1} }}")]
    [InlineData("{{ {[1]: 1} }}")]
    public void Apply_KeyThatCanChange_IsRefused(string template) => Assert.Contains(
        "expected a key that cannot change",
        Assert.Throws<ModelFormatException>(() => ChatTemplateTests.Load(template).Apply([more])).Message, StringComparison.Ordinal);

    /// <summary>Long chains are loops.</summary>
    [Theory]
    [InlineData("1", " + 1")]
    [InlineData("'a'", " ~ 'a'")]
    [InlineData("'a'", " | trim")]
    [InlineData("'a'", ".strip()")]
    [InlineData("'a'", "[0]")]
    [InlineData("1", " and 1")]
    [InlineData("1", " == 1")]
    [InlineData("1", " ** 1")]
    public void Apply_LongChain_IsRun(string first, string link) =>
        Assert.NotEmpty(ChatTemplateTests.Load($"{{{{ {first}{Many(link, 20_000)} }}}}").Apply([more]).Text);

    /// <summary>Texts that double, loops in loops, macros that call themselves, values that hold each other: stopped in no time.</summary>
    [Theory]
    [InlineData("{% set n = namespace(a='a') %}{% for i in range(99) %}{% set n.a = n.a ~ n.a %}{% endfor %}")]
    [InlineData("{% set n = namespace(a=[1]) %}{% for i in range(99) %}{% set n.a = n.a + n.a %}{% endfor %}")]
    [InlineData("{% set n = namespace(a=[1]) %}{% for i in range(99) %}{% set n.a = [n.a] %}{% endfor %}")]
    [InlineData("{% set n = namespace(a=[1]) %}{% for i in range(60) %}{% set n.a = [n.a, n.a] %}{% endfor %}{{ n.a == n.a }}{{ n.a }}")]
    [InlineData("{% set n = namespace(a=(1,)) %}{% for i in range(20) %}{% set n.a = (n.a, n.a) %}{% endfor %}"
        + "{% for i in range(1000) %}{% set b = {n.a: 1} %}{% endfor %}")]
    [InlineData("{% for i in range(100000) %}{% for i in range(100000) %}{% endfor %}{% endfor %}")]
    [InlineData("{% for i in range(100000) %}{% for i in range(100000) %}a{% endfor %}{% endfor %}")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{{ 'a' * 1000000000 }}")]
    [InlineData("{{ [1] * 1000000000 }}")]
    [InlineData("{{ [[]] * 9223372036854775807 }}")]
    [InlineData("{{ range(9223372036854775807) }}")]
    [InlineData("{{ 9 ** 9 ** 9 ** 9 }}")]
    [InlineData("{{ 9223372036854775807 + 1 }}")]
    [InlineData("{{ (-9223372036854775807 - 1) // -1 }}")]
    [InlineData("{{ (-9223372036854775807 - 1) | abs }}")]
    [InlineData("{% set a = 'a' * 1000000 %}{% for i in range(99) %}{% set b = a.replace('a', a) %}{% endfor %}")]
    [InlineData("{% set a = 'a' * 1000000 %}{% set b = 'a' * 500000 ~ 'b' %}{% for i in range(99) %}{{ b in a }}{% endfor %}")]
    [InlineData("{% set a = 'a' * 1000000 %}{% for i in range(9999) %}{% set b = a.upper() %}{% endfor %}")]
    [InlineData("{% for i in range(100000) %}{% set x = [1, 1, 1, 1, 1] + [1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1] %}{% endfor %}")]
    [InlineData("{% set a = 'a' * 1000000 %}{% for i in range(99) %}{% set b = a.strip(a) %}{% endfor %}")]
    [InlineData("{% set a = 'a' * 1000000 %}{% set b = 'b' ~ 'a' * 500000 %}{% for i in range(99) %}{{ a.rfind(b) }}{% endfor %}")]
    [InlineData("{{ 'a' | indent('a' * 1000000) | indent(1000000000) | tojson(indent=1000000000) }}{{ missing.x }}")]
    public void Apply_HostileTemplate_IsStopped(string template)
    {
        ChatTemplate loaded = ChatTemplateTests.Load(template);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("chat_template: expected", Assert.Throws<ModelFormatException>(() => loaded.Apply([more])).Message,
            StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1L << 30);
    }

    [Fact]
    public void Apply_LongConversation_IsWritten()
    {
        ChatMessage[] turns = [.. Enumerable.Range(0, 2001).Select(i =>
            new ChatMessage(i % 2 == 0 ? ChatRole.User : ChatRole.Assistant, new string('a', i == 0 ? 1_000_000 : 500)))];
        Assert.Equal(2_000_000 + 2002 * "<|im_start|>\n".Length + 2001 * "<|im_end|>\n".Length + 1001 * 4 + 1001 * 9,
            ChatTemplateTests.Load(ChatTemplateTests.ChatMl).Apply(turns).Text.Length);
    }

    /// <summary>Qwen3 asks for the number of messages at each of them.</summary>
    [Fact]
    public void Apply_ManyShortMessages_IsWritten()
    {
        const string template = "{% for message in messages[::-1] %}{% set index = (messages | length - 1) - loop.index0 %}"
            + "{% if messages is iterable and message is mapping %}{{ index }} {% endif %}{% endfor %}";
        ChatMessage[] turns = [.. Enumerable.Repeat(new ChatMessage(ChatRole.User, "Hi"), 5001)];
        Assert.StartsWith("5000 4999 ", ChatTemplateTests.Load(template).Apply(turns).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_OnSeveralThreads_GivesTheSameText()
    {
        ChatTemplate template = ChatTemplateTests.Load(ChatTemplateTests.Llama31);
        string[] texts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => template.Apply([more]).Text)));
        Assert.Single(texts.Distinct());
    }

    static string Many(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
}
