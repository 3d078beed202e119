using System.Text.RegularExpressions;

namespace Speculative;

/// <summary>Finds added tokens in a text: the leftmost, and of those the longest.</summary>
sealed class AddedTokenSplitter
{
    readonly Dictionary<string, AddedToken> tokens = [];
    readonly Regex? pattern;

    /// <param name="added">The tokens to find.</param>
    /// <param name="normalize">What their content looks like in the text searched.</param>
    public AddedTokenSplitter(IEnumerable<AddedToken> added, Func<string, string> normalize)
    {
        foreach (AddedToken token in added)
            if (normalize(token.Content) is { Length: > 0 } content)
                tokens[content] = token;
        IEnumerable<string> longestFirst = tokens.Keys.OrderByDescending(content => content.Length).Select(Regex.Escape);
        if (tokens.Count > 0)
            pattern = new(string.Join('|', longestFirst), RegexOptions.CultureInvariant);
    }

    /// <summary>The text in pieces, each with its token or null.</summary>
    public IEnumerable<(string Text, AddedToken? Token)> Split(string text)
    {
        int done = 0;
        for (Match? match = pattern?.Match(text); match is { Success: true }; match = match.NextMatch())
        {
            AddedToken token = tokens[match.Value];
            int start = match.Index, end = start + match.Length;
            bool insideWord = start > 0 && IsWordCharacter(text[start - 1]) || end < text.Length && IsWordCharacter(text[end]);
            if (start < done || token.IsWord && insideWord)
                continue;
            while (token.StripsLeft && start > done && char.IsWhiteSpace(text[start - 1]))
                start--;
            while (token.StripsRight && end < text.Length && char.IsWhiteSpace(text[end]))
                end++;
            if (start > done)
                yield return (text[done..start], null);
            yield return (text[start..end], token);
            done = end;
        }
        if (done < text.Length)
            yield return (done == 0 ? text : text[done..], null);
    }

    static bool IsWordCharacter(char character) => char.IsLetterOrDigit(character) || character == '_';
}
