using System.Text;
using CsCheck;

namespace Speculative.Tests;

public sealed class StopStringMatcherTests
{
    [Fact]
    public void Append_AnyPieces_FindsWhatSearchingTheWholeFinds()
    {
        Gen<string> small = Gen.Char['a', 'c'].Array[1, 4].Select(letters => new string(letters));
        Gen<string> large = Gen.Char['a', 'c'].Array[0, 30].Select(letters => new string(letters));
        Gen.Select(small.Array[1, 3], large, Gen.Int[1, 5]).Sample((stops, text, piece) =>
        {
            StopStringMatcher matcher = new(stops);
            for (int at = 0; at < text.Length; at += piece)
                if (matcher.Append(Encoding.UTF8.GetBytes(text[at..Math.Min(at + piece, text.Length)])))
                    break;
            // The match that ends first is final; of those that end with it, the one that starts first counts.
            var matches = stops.SelectMany(stop => Enumerable.Range(0, text.Length).Where(at => text.AsSpan(at).StartsWith(stop))
                .Select(at => (End: at + stop.Length, Start: at))).Order().ToArray();
            Assert.Equal(matches.Length == 0 ? -1 : matches[0].Start, matcher.MatchStart);
        });
    }

    [Fact]
    public void PendingLength_PartOfAString_IsHeldBack()
    {
        StopStringMatcher matcher = new(["abab", "xyz"]);
        Assert.False(matcher.Append("__aba"u8));
        Assert.Equal(3, matcher.PendingLength);
        Assert.False(matcher.Append("xy"u8));
        Assert.Equal(2, matcher.PendingLength);
        Assert.False(matcher.Append("_"u8));
        Assert.Equal(0, matcher.PendingLength);
    }

    [Fact]
    public void Append_AfterAFailedStart_FallsBack()
    {
        StopStringMatcher matcher = new(["aab"]);
        Assert.True(matcher.Append("aaab"u8));
        Assert.Equal(1, matcher.MatchStart);
    }

    [Fact]
    public void Constructor_EmptyString_Throws() => Assert.Throws<ArgumentException>(() => new StopStringMatcher(["a", ""]));
}
