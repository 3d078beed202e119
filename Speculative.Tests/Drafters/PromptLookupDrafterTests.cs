using CsCheck;
using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class PromptLookupDrafterTests
{
    [Theory]
    [InlineData("1 2 3 9 8 7 1 2 3", "9 8 7 1 2 3")] // three tokens match; shorter than ten up to the end
    [InlineData("1 2 3 4 5 1 2 3 6 5 1 2 3", "4 5 1 2 3 6 5 1 2 3")] // the first of two places
    [InlineData("3 7 2 3 8 1 2 3 9 5 1 2 3", "9 5 1 2 3")] // a longer match beats an earlier one
    [InlineData("3 7 2 3 8 6 2 3", "8 6 2 3")] // two tokens
    [InlineData("3 7 6 5 3", "7 6 5 3")] // one token
    [InlineData("5 3 4 5 3", "4 5 3")] // a match that begins with the text
    [InlineData("4 4", "4")]
    [InlineData("4 4 4 4", "4")] // the place overlaps the suffix
    [InlineData("1 2 3 4 5", "")]
    [InlineData("1", "")]
    [InlineData("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 1 2 3", "4 5 6 7 8 9 10 11 12 13")] // ten at most
    public void Draft_CopiesWhatFollowedTheFirstLongestMatch(string context, string expected) =>
        Assert.Equal(expected, Draft(new(), context, 128));

    [Theory]
    [InlineData(1, "")]
    [InlineData(3, "9 8")]
    public void Draft_LittleRoom_CopiesLess(int capacity, string expected) =>
        Assert.Equal(expected, Draft(new(), "1 2 3 9 8 7 1 2 3", capacity));

    [Fact]
    public void Draft_Options_LimitMatchAndDraft()
    {
        Assert.Equal("7 2", Draft(new() { MaxMatchLength = 1, MaxDraftLength = 2 }, "3 7 2 3 8 6 2 3", 128));
        Assert.Equal("", Draft(new() { MaxDraftLength = 0 }, "3 7 2 3", 128));
        Assert.Equal("1 3 4 9", Draft(new() { MaxMatchLength = 4 }, "0 2 3 4 2 3 4 5 2 2 3 4 1 3 4 9 2 2 3 4", 128)[..7]);
    }

    [Fact]
    public void Draft_AnyText_EqualsTheDefinition() => Gen.Int[0, 3].Array[1, 40].Sample(context =>
        Assert.Equal(Definition(context), Draft(new(), string.Join(' ', context), 128)));

    [Fact]
    public void Options_OutOfRange_Throw()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new PromptLookupOptions { MaxMatchLength = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new PromptLookupOptions { MaxMatchLength = 1025 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new PromptLookupOptions { MaxDraftLength = -1 });
    }

    static string Draft(PromptLookupOptions options, string context, int capacity)
    {
        int[] tokenIds = [.. context.Split(' ').Select(int.Parse)];
        DraftTree tree = new(128);
        tree.Reset(tokenIds[^1], capacity);
        using PromptLookupDrafter drafter = new(options);
        drafter.Draft(tokenIds, tree);
        Assert.Equal(Enumerable.Range(-1, tree.Count), tree.Parents.ToArray()); // a chain
        return string.Join(' ', tree.TokenIds[1..].ToArray());
    }

    /// <summary>For n = 3, 2, 1: every place in turn where the last n tokens stand with something after them.</summary>
    static string Definition(int[] context)
    {
        for (int n = Math.Min(3, context.Length); n >= 1; n--)
            for (int start = 0; start + n < context.Length; start++)
                if (context.AsSpan(start, n).SequenceEqual(context.AsSpan(context.Length - n)))
                    return string.Join(' ', context.Skip(start + n).Take(10));
        return "";
    }
}
