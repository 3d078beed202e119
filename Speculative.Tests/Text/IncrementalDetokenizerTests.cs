using System.Text;
using CsCheck;

namespace Speculative.Tests;

public sealed class IncrementalDetokenizerTests
{
    [Fact]
    public void Append_CharacterOverSeveralTokens_AppearsWithItsLast()
    {
        IncrementalDetokenizer text = new(new ByteTokens());
        Assert.Equal(["", "", "", "🙂"], "🙂"u8.ToArray().Select(value => text.Append(value)));
        Assert.Equal("", text.Flush());
    }

    [Fact]
    public void Append_AnyText_AddsUpToIt() => Gen.String.Sample(text =>
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        IncrementalDetokenizer incremental = new(new ByteTokens());
        StringBuilder together = new();
        foreach (byte value in bytes)
        {
            string piece = incremental.Append(value);
            Assert.False(piece.Length > 0 && char.IsHighSurrogate(piece[^1]));
            together.Append(piece);
        }
        Assert.Equal(Encoding.UTF8.GetString(bytes), together.Append(incremental.Flush()).ToString());
    });

    [Fact]
    public void Flush_UnfinishedCharacter_IsReplaced()
    {
        IncrementalDetokenizer text = new(new ByteTokens());
        Assert.Equal("a", text.Append('a'));
        Assert.Equal("", text.Append(0xE2));
        Assert.Equal("", text.Append(0x82));
        Assert.Equal("\uFFFD", text.Flush());
    }

    [Fact]
    public void Append_StopStringAcrossTokens_EndsBeforeIt()
    {
        IncrementalDetokenizer text = new(new ByteTokens(), ["END"]);
        Assert.Equal("ok ", string.Concat("ok END more"u8.ToArray().Select(value => text.Append(value))));
        Assert.Equal("", text.Flush());
    }

    [Fact]
    public void Append_OverlappingStopStrings_EarliestStartWins()
    {
        IncrementalDetokenizer text = new(new ByteTokens(), ["bcd", "abcd", "d"]);
        Assert.Equal("_", string.Concat("_abcd"u8.ToArray().Select(value => text.Append(value))));
    }

    [Theory]
    [InlineData("_abcde", "_ab")]
    [InlineData("_abcd", "_ab")]
    [InlineData("_abce", "_abce")]
    public void Append_LongerStopStringThatBeganEarlier_IsNotWaitedFor(string output, string text)
    {
        IncrementalDetokenizer detokenizer = new(new ByteTokens(), ["abcde", "cd"]);
        string streamed = string.Concat(Encoding.UTF8.GetBytes(output).Select(value => detokenizer.Append(value)));
        Assert.Equal(text, streamed + detokenizer.Flush());
    }

    [Fact]
    public void Append_FailedStopString_IsReleased()
    {
        IncrementalDetokenizer text = new(new ByteTokens(), ["abc"]);
        Assert.Equal(["", "", "abx"], "abx"u8.ToArray().Select(value => text.Append(value)));
        Assert.Equal("", text.Append('a'));
        Assert.Equal("a", text.Flush());
    }

    [Fact]
    public void Append_StopStringOfManyBytes_IsFoundInsideCharacters()
    {
        IncrementalDetokenizer text = new(new ByteTokens(), ["ü!"]);
        Assert.Equal("für ", string.Concat("für ü!x"u8.ToArray().Select(value => text.Append(value))));
    }

    /// <summary>Token i is byte i.</summary>
    sealed class ByteTokens : ITokenDecoder
    {
        readonly byte[] bytes = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];

        public ReadOnlySpan<byte> Decode(int tokenId) => bytes.AsSpan(tokenId, 1);
    }
}
