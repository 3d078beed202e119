using System.Text;
using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class VocabulariesTests
{
    [Fact]
    public void Same_Passes()
    {
        Vocabularies.ThrowIfDifferent(3, 3);
        Vocabularies.ThrowIfDifferent(3, 3, new Words("a", "b", "c"), new Words("a", "b", "c"));
    }

    [Fact]
    public void OtherSize_NamesTheFirstTokenThatOnlyOneHas()
    {
        Assert.Contains("has 3 tokens, the target's 5: expected the same tokens; the first that differs is 3, which only the target has.",
            Fault(() => Vocabularies.ThrowIfDifferent(5, 3)));
        Assert.Contains("5, which only the draft model has", Fault(() => Vocabularies.ThrowIfDifferent(5, 6)));
    }

    [Fact]
    public void SameSizeOtherTokens_NamesTheFirst() => Assert.Contains(
        "has 3 tokens, the target's 3: expected the same tokens; the first that differs is 1: 'b' in the target, 'x' in the draft model.",
        Fault(() => Vocabularies.ThrowIfDifferent(3, 3, new Words("a", "b", "c"), new Words("a", "x", "y"))));

    /// <summary>One model's vocabulary is padded further: its last tokens stand for nothing.</summary>
    [Fact]
    public void PaddedTail_PassesWhereItIsKnownToBeEmpty()
    {
        Words shorter = new("a", "b"), padded = new("a", "b", "", "");
        Vocabularies.ThrowIfDifferent(4, 2, padded, shorter);
        Vocabularies.ThrowIfDifferent(2, 4, shorter, padded);
        Assert.Contains("2, which only the target has", Fault(() => Vocabularies.ThrowIfDifferent(4, 2, padded)));
        Assert.Contains("3, which only the draft model has",
            Fault(() => Vocabularies.ThrowIfDifferent(2, 4, shorter, new Words("a", "b", "", "c"))));
    }

    static string Fault(Action action) => Assert.Throws<ArgumentException>(action).Message;

    sealed class Words(params string[] words) : ITokenDecoder
    {
        public ReadOnlySpan<byte> Decode(int tokenId) => Encoding.UTF8.GetBytes(words[tokenId]);
    }
}
