using System.Globalization;

namespace Speculative;

/// <summary>Large and small letters, character by character.</summary>
static class JinjaCase
{
    public static JinjaText Upper(JinjaRun run, JinjaText text) => Map(run, text, (_, _) => true);

    public static JinjaText Lower(JinjaRun run, JinjaText text) => Map(run, text, (_, _) => false);

    public static JinjaText Capitalize(JinjaRun run, JinjaText text) => Map(run, text, (_, i) => i == 0);

    /// <summary>Large letters where it is asked for, else small ones.</summary>
    public static JinjaText Map(JinjaRun run, JinjaText text, Func<string, int, bool> isLarge)
    {
        JinjaWriter writer = run.NewWriter();
        for (int i = 0; i < text.Value.Length; i++)
        {
            char character = text.Value[i];
            bool large = isLarge(text.Value, i);
            string mapped = large && character == 'ß' ? i == 0 || isLarge(text.Value, i - 1) ? "SS" : "Ss"
                : (large ? char.ToUpperInvariant(character) : char.ToLowerInvariant(character)).ToString();
            writer.Add(mapped, text.IsSaid(i));
        }
        return writer.ToText();
    }

    public static bool IsUpper(JinjaText text) => text.Value.Any(char.IsUpper) && !text.Value.Any(char.IsLower);

    public static bool IsLower(JinjaText text) => text.Value.Any(char.IsLower)
        && !text.Value.Any(character =>
            char.GetUnicodeCategory(character) is UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter);
}
