using System.CommandLine;

namespace Speculative.Bench.Commands;

/// <summary>Options that take one of a few words and say clearly which.</summary>
static class ChoiceOption
{
    /// <summary>Refuses other words, in one sentence, and offers these to the help and the shell's completion.</summary>
    public static void AcceptOneOf(this Option option, params IReadOnlyList<string> choices)
    {
        option.CompletionSources.Add([.. choices]);
        option.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(token => !choices.Contains(token.Value)) is { } unknown)
                result.AddError($"{option.Name}: expected {Describe(choices)}, found '{unknown.Value}'.");
        });
    }

    static string Describe(IReadOnlyList<string> choices) =>
        choices.Count == 1 ? choices[0] : $"{string.Join(", ", choices.SkipLast(1))} or {choices[^1]}";
}
