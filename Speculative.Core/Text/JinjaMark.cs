namespace Speculative;

/// <summary>
/// What stands in <see cref="JinjaText"/> for what only a conversation can tell: characters that no template spells.
/// </summary>
static class JinjaMark
{
    /// <summary>A message's role.</summary>
    public const char Role = '\uFDD0';

    /// <summary>What a message says.</summary>
    public const char Said = '\uFDD1';

    /// <summary>The same without white space around it.</summary>
    public const char Trimmed = '\uFDD2';

    /// <summary>Anything else.</summary>
    public const char Gap = '\uFFFC';

    /// <summary>What a text becomes where the template strips it; only a message's white space is unknown.</summary>
    public static string Strip(string text)
    {
        string bare = text.Trim();
        if (bare.Length == 0 || bare[0] is Role or Gap || bare[^1] is Role or Gap)
            return bare.Length == 0 ? "" : Gap.ToString();
        if (bare[0] == Said && bare.Length > 1)
            return Gap.ToString();
        return bare[^1] == Said ? bare[..^1] + Trimmed : bare;
    }
}
