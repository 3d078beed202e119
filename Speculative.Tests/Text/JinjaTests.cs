using System.Text.Json;

namespace Speculative.Tests;

/// <summary>What jinja2 itself gave for small templates (Fixtures/jinja.py), against the interpreter.</summary>
public sealed class JinjaTests
{
    static readonly JsonElement fixture = JsonDocument.Parse(
        File.ReadAllBytes(Path.Combine(RepositoryFolder.Root, "Speculative.Tests", "Text", "Fixtures", "jinja.json"))).RootElement;

    static readonly ChatMessage[] messages = [.. fixture.GetProperty("messages").EnumerateArray().Select(message => new ChatMessage(
        Enum.Parse<ChatRole>(message.GetProperty("role").GetString()!, ignoreCase: true), message.GetProperty("content").GetString()!))];

    public static IEnumerable<TheoryDataRow<string, string?, string?>> Cases() => fixture.GetProperty("cases").EnumerateArray()
        .Select(row => new TheoryDataRow<string, string?, string?>(row[0].GetString()!, row[1].GetString(),
            row.GetArrayLength() > 2 ? row[2].GetString() : null));

    static ChatSource Source(string template) => new("t.jinja", template, "<s>", "</s>");

    static JinjaText Print(string template) => new JinjaTemplate(Source(template)).Print(messages);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Print_EqualsJinja2(string template, string? expected, string? refusal)
    {
        if (expected is not null)
            Assert.Equal(expected, Print(template).Value);
        else if (refusal is not null)
            Assert.Equal(refusal, Assert.Throws<JinjaRefusal>(() => Print(template)).Message);
        else
            Assert.StartsWith("t.jinja: chat_template: expected ", Assert.Throws<ModelFormatException>(() => Print(template)).Message,
                StringComparison.Ordinal);
    }
}
