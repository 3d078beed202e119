using System.Text;
using System.Text.RegularExpressions;

namespace Speculative;

/// <summary>
/// What a template prints, with a system message and without, against what its family's format writes: a template that only has a family's
/// marks is refused rather than written wrongly.
/// </summary>
/// <param name="source">The template.</param>
sealed class ChatShape(ChatSource source)
{
    const int MostShown = 160;
    const string AnyText = @"[^\uFDD0-\uFDD2\uFFFC]*?";

    /// <summary>Without a system message.</summary>
    public JinjaText Plain { get; } = new(source, hasSystem: false);

    /// <summary>With one.</summary>
    public JinjaText WithSystem { get; } = new(source, hasSystem: true);

    /// <summary>White space around what is said is taken off (<c>@C</c>).</summary>
    public bool Trims { get; private set; }

    /// <summary>White space around what others say is taken off (<c>@S</c>).</summary>
    public bool TrimsOthers { get; private set; }

    /// <summary>Throws where the template prints something else.</summary>
    /// <param name="family">The family, for the message.</param>
    /// <param name="plain">
    /// What is printed without a system message, a regular expression in which <c>@B</c> and <c>@E</c> are the begin and end tokens,
    /// <c>@R</c> a role, <c>@C</c> what is said, <c>@S</c> what others say (the system, or who answers), <c>@T</c> any text.
    /// </param>
    /// <param name="withSystem">The same with one; null if the family knows none.</param>
    /// <returns>The match of the first.</returns>
    public Match Require(string family, string plain, string? withSystem)
    {
        Match match = Match(family, plain, Plain.Text);
        if (withSystem is not null)
            Match(family, withSystem, WithSystem.Text);
        return match;
    }

    /// <summary>Matches one of the two texts; throws where it is something else.</summary>
    public Match Match(string family, string pattern, string text)
    {
        string expression = pattern
            .Replace("@B", $"(?:{Regex.Escape(source.BeginToken)})").Replace("@E", $"(?:{Regex.Escape(source.EndToken)})")
            .Replace("@R", JinjaMark.Role.ToString()).Replace("@C", @"(?:(?<said>\uFDD1)|(?<trimmed>\uFDD2))")
            .Replace("@S", @"(?:(?<system>\uFDD1)|(?<bare>\uFDD2))").Replace("@T", AnyText);
        if (Find(text, $@"\A{expression}\z") is not { } match)
            throw source.Fault($"what {family} prints and nothing else", $"'{Readable(text)}'");
        bool isMixed = match.Groups["said"].Success && match.Groups["trimmed"].Success
            || match.Groups["system"].Success && match.Groups["bare"].Success;
        if (isMixed)
            throw source.Fault("white space taken off all that is said, or off nothing");
        Trims |= match.Groups["trimmed"].Success;
        TrimsOthers |= match.Groups["bare"].Success;
        return match;
    }

    /// <summary>The beginning of what is printed, with names for what stands where something is said.</summary>
    static string Readable(string text)
    {
        string readable = new StringBuilder(text).Replace(JinjaMark.Role.ToString(), "ROLE").Replace(JinjaMark.Said.ToString(), "TEXT")
            .Replace(JinjaMark.Trimmed.ToString(), "TEXT").Replace(JinjaMark.Gap.ToString(), "...").Replace("\n", "\\n").ToString();
        return readable.Length <= MostShown ? readable : readable[..MostShown] + "...";
    }

    /// <summary>A text that takes long to match is no family's.</summary>
    static Match? Find(string text, string expression)
    {
        try
        {
            Match match = Regex.Match(text, expression, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
            return match.Success ? match : null;
        }
        catch (RegexMatchTimeoutException)
        {
            return null;
        }
    }
}
