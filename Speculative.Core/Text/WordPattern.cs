using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Speculative;

/// <summary>A regular expression of a tokenizer.json, over characters where .NET's would see two halves of those beyond U+FFFF.</summary>
sealed class WordPattern(Regex regex)
{
    /// <summary>A pattern that takes longer on one text, all its matches together, is an attack, not a tokenizer.</summary>
    static readonly TimeSpan patience = TimeSpan.FromSeconds(10);

    /// <summary>A character below U+10000 of each class (index: <see cref="UnicodeCategory"/>), none of them named in patterns.</summary>
    internal const string Representatives = "Ɐɐǅʰƻ\u0300\u0903\u0488٠Ⅷ²\u1680\u2028\u2029\u0085\u200E\uD800\uE000‿֊〈〉‹›¿⊕₪˅©\u0378";

    static Regex Compile(JsonField pattern)
    {
        try
        {
            return new(pattern.Text(), RegexOptions.CultureInvariant, patience);
        }
        catch (ArgumentException fault)
        {
            throw new ModelFormatException(pattern.Fault("a regular expression").Message, fault);
        }
    }

    public static WordPattern Read(JsonField pattern) => new(pattern["String"].IsNull
        ? Compile(pattern["Regex"])
        : new(Regex.Escape(pattern["String"].Text()), RegexOptions.CultureInvariant));

    /// <summary>GPT-2's pattern, which <c>ByteLevel</c> with <c>use_regex</c> implies.</summary>
    public static WordPattern Gpt2 { get; } =
        new(new(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant));

    /// <summary>Cuts the text at the matches' borders.</summary>
    /// <param name="text">Well-formed UTF-16.</param>
    /// <returns>All pieces in order, with whether they are matches; joined they are the text.</returns>
    public IEnumerable<(string Piece, bool IsMatch)> Split(string text)
    {
        int done = 0;
        foreach ((int start, int length) in Matches(text))
        {
            if (start > done)
                yield return (text[done..start], false);
            if (length > 0)
                yield return (text.Substring(start, length), true);
            done = start + length;
        }
        if (done < text.Length)
            yield return (text[done..], false);
    }

    List<(int Start, int Length)> Matches(string text)
    {
        List<(int, int)> matches = [];
        bool simple = !text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF');
        (string shadow, int[] starts) = simple ? (text, []) : Shadow(text);
        long start = Stopwatch.GetTimestamp();
        try
        {
            foreach (ValueMatch match in regex.EnumerateMatches(shadow)) // the expression's own patience begins anew with each
            {
                if (simple)
                    matches.Add((match.Index, match.Length));
                else
                    matches.Add((starts[match.Index], starts[match.Index + match.Length] - starts[match.Index]));
                if (Stopwatch.GetElapsedTime(start) > patience)
                    throw TooSlow();
            }
        }
        catch (RegexMatchTimeoutException fault)
        {
            throw TooSlow(fault);
        }
        return matches;
    }

    ModelFormatException TooSlow(RegexMatchTimeoutException? fault = null) =>
        new($"tokenizer.json: expected a pattern that cuts a text within {patience.TotalSeconds} s, found {regex}.", fault);

    /// <summary>The text with one char a character, and where each character starts in the text.</summary>
    static (string Shadow, int[] Starts) Shadow(string text)
    {
        StringBuilder shadow = new(text.Length);
        List<int> starts = new(text.Length + 1);
        int at = 0;
        foreach (Rune character in text.EnumerateRunes())
        {
            shadow.Append(character.IsBmp ? (char)character.Value : Representatives[(int)Rune.GetUnicodeCategory(character)]);
            starts.Add(at);
            at += character.Utf16SequenceLength;
        }
        starts.Add(at);
        return (shadow.ToString(), [.. starts]);
    }
}
