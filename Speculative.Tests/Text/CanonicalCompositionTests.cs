using System.Globalization;
using CsCheck;

namespace Speculative.Tests;

public sealed class CanonicalCompositionTests
{
    /// <summary>
    /// Examples of the Unicode Standard, annex 15, and cases that are often wrong: exclusions, singletons, order, blocking, Hangul.
    /// </summary>
    [Theory]
    [InlineData("plain é", "plain é")]
    [InlineData("e\u0301", "\u00E9")]
    [InlineData("A\u030A", "\u00C5")]
    [InlineData("\u212B", "\u00C5")]
    [InlineData("\u2126", "\u03A9")]
    [InlineData("\u1E9B\u0323", "\u1E9B\u0323")]
    [InlineData("d\u0307\u0323", "\u1E0D\u0307")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("a\u0315\u0300\u05AE\u0300b", "\u00E0\u05AE\u0300\u0315b")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\u0344", "\u0308\u0301")]
    [InlineData("\u1100\u1161", "\uAC00")]
    [InlineData("\u1100\u1161\u11A8", "\uAC01")]
    [InlineData("\uAC00\u11A8", "\uAC01")]
    [InlineData("\uAC01\u11A8", "\uAC01\u11A8")]
    [InlineData("\u1100\u0300\u1161", "\u1100\u0300\u1161")]
    [InlineData("e\u0301\u0301", "\u00E9\u0301")]
    [InlineData("\uF900", "\u8C48")]
    [InlineData("\U0002F800", "\u4E3D")]
    [InlineData("\U00011099\U000110BA", "\U0001109A")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    [InlineData("\u0B47\u0B3E", "\u0B4B")]
    [InlineData("\u0CC6\u0CC2\u0CD5", "\u0CCB")]
    [InlineData("ﬁ²", "ﬁ²")]
    public void Normalize_Example(string text, string expected) => Assert.Equal(expected, CanonicalComposition.Normalize(text));

    [Fact]
    public void Normalize_Twice_ChangesNothingMore() => Gen.OneOf(Gen.Char['\u0020', '\u0400'], Gen.Char['\u0900', '\u0D00'],
        Gen.Char['\u1100', '\u1200'], Gen.Char['\uAC00', '\uAD00'], Gen.Char['\u1DC0', '\u1FFF']).Array[0, 12].Sample(letters =>
    {
        string once = CanonicalComposition.Normalize(new(letters));
        Assert.Equal(once, CanonicalComposition.Normalize(once));
    });

    [Fact]
    public void WordPattern_Representatives_HaveTheirCategory()
    {
        WordPattern letters = new(new(@"\p{L}+"));
        Assert.Equal([("a𝒜漢𠀀", true), ("🙂", false)], letters.Split("a𝒜漢𠀀🙂").ToArray());
        foreach (UnicodeCategory category in Enum.GetValues<UnicodeCategory>())
            Assert.Equal(category, char.GetUnicodeCategory(WordPattern.Representatives[(int)category]));
    }
}
