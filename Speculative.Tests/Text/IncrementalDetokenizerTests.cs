using System.Text;

namespace Speculative.Tests;

public sealed class IncrementalDetokenizerTests
{
    [Fact]
    public void Append_CharacterSpreadOverTokens_AppearsWithItsLastByte()
    {
        IncrementalDetokenizer detokenizer = new(new Bytes());
        byte[] emoji = Encoding.UTF8.GetBytes("🙂");
        Assert.Equal(["a", "", "", "", "🙂"], [detokenizer.Append('a'), .. emoji.Select(value => detokenizer.Append(value))]);
    }

    [Fact]
    public void Flush_UnfinishedCharacter_IsReplaced()
    {
        IncrementalDetokenizer detokenizer = new(new Bytes());
        Assert.Equal("", detokenizer.Append(0xC3));
        Assert.Equal("\uFFFD", detokenizer.Flush());
    }

    [Theory]
    [InlineData("hello END world", new[] { "END" }, "hello ")]
    [InlineData("EEND", new[] { "END" }, "E")]
    [InlineData("abcabd!", new[] { "abd" }, "abc")]
    [InlineData("xaab", new[] { "aab", "ab" }, "x")] // both end at once: the earlier start wins
    [InlineData("no stop, EN", new[] { "END" }, "no stop, EN")]
    [InlineData("grüße", new[] { "ß" }, "grü")]
    public void Append_TextEndsBeforeTheFirstStopString(string text, string[] stops, string expected)
    {
        IncrementalDetokenizer detokenizer = new(new Bytes(), stops);
        StringBuilder output = new();
        foreach (byte value in Encoding.UTF8.GetBytes(text))
        {
            output.Append(detokenizer.Append(value));
            Assert.StartsWith(output.ToString(), expected, StringComparison.Ordinal);
        }
        Assert.Equal(expected, output.Append(detokenizer.Flush()).ToString());
    }

    [Fact]
    public void EmptyStopString_Throws() => Assert.Throws<ArgumentException>(() => new IncrementalDetokenizer(new Bytes(), [""]));

    sealed class Bytes : ITokenDecoder
    {
        readonly byte[] all = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];

        public ReadOnlySpan<byte> Decode(int tokenId) => all.AsSpan(tokenId, 1);
    }
}
