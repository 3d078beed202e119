using System.Collections.Frozen;

namespace Speculative;

/// <summary>The methods of Python's strings.</summary>
static class JinjaTextMethods
{
    const int MostStripped = 256;

    static readonly FrozenDictionary<string, JinjaMethod<JinjaText>> methods = new Dictionary<string, JinjaMethod<JinjaText>>
    {
        ["strip"] = (_, text, arguments) => text.Strip(Characters(arguments), atStart: true, atEnd: true),
        ["lstrip"] = (_, text, arguments) => text.Strip(Characters(arguments), atStart: true, atEnd: false),
        ["rstrip"] = (_, text, arguments) => text.Strip(Characters(arguments), atStart: false, atEnd: true),
        ["split"] = (run, text, arguments) => JinjaSplitter.Split(run, text, arguments),
        ["rsplit"] = (run, text, arguments) => JinjaSplitter.SplitFromEnd(run, text, arguments),
        ["splitlines"] = (run, text, arguments) => JinjaSplitter.SplitLines(run, text, arguments),
        ["startswith"] = (_, text, arguments) => Any(arguments, part => text.Value.StartsWith(part, StringComparison.Ordinal)),
        ["endswith"] = (_, text, arguments) => Any(arguments, part => text.Value.EndsWith(part, StringComparison.Ordinal)),
        ["upper"] = (run, text, _) => JinjaCase.Upper(run, text),
        ["lower"] = (run, text, _) => JinjaCase.Lower(run, text),
        ["title"] = (run, text, _) => JinjaCase.Map(run, text, (value, i) => i == 0 || !char.IsLetter(value[i - 1])),
        ["capitalize"] = (run, text, _) => JinjaCase.Capitalize(run, text),
        ["replace"] = (run, text, arguments) => Replace(run, text, arguments),
        ["find"] = (run, text, arguments) => (long)text.ToCharacter(JinjaOperator.Find(run, text, Part(arguments), 0)),
        ["rfind"] = (run, text, arguments) =>
            (long)text.ToCharacter(JinjaOperator.FindLast(run, text, Part(arguments), text.Value.Length)),
        ["count"] = (run, text, arguments) => Count(run, text, Part(arguments)),
        ["join"] = (run, text, arguments) => JinjaListFilters.Concatenate(run, Texts(arguments.One("iterable")), text),
        ["removeprefix"] = (_, text, arguments) => Part(arguments) is var part
            && text.Value.StartsWith(part.Value, StringComparison.Ordinal) ? text.Cut(part.Value.Length) : text,
        ["removesuffix"] = (_, text, arguments) => Part(arguments) is var part
            && text.Value.EndsWith(part.Value, StringComparison.Ordinal) ? text.Cut(0, text.Value.Length - part.Value.Length) : text,
        ["isdigit"] = (_, text, _) => text.Value.Length > 0 && text.Value.All(char.IsDigit),
        ["isalpha"] = (_, text, _) => text.Value.Length > 0 && text.Value.All(char.IsLetter),
        ["isalnum"] = (_, text, _) => text.Value.Length > 0 && text.Value.All(char.IsLetterOrDigit),
        ["isspace"] = (_, text, _) => text.Value.Length > 0 && text.Value.All(JinjaText.IsSpace),
        ["isupper"] = (_, text, _) => JinjaCase.IsUpper(text),
        ["islower"] = (_, text, _) => JinjaCase.IsLower(text),
    }.ToFrozenDictionary();

    /// <summary>The method, which pays for the text that it reads; null if there is none.</summary>
    public static JinjaMethod<JinjaText>? Find(string name) => methods.TryGetValue(name, out JinjaMethod<JinjaText>? method)
        ? (run, text, arguments) =>
        {
            run.Budget.Spend(JinjaBudget.Cost(text));
            return method(run, text, arguments);
        }
    : null;

    /// <summary>Every occurrence, or the first ones, becomes another text; an empty one lies between all characters.</summary>
    public static JinjaText Replace(JinjaRun run, JinjaText text, JinjaArguments arguments)
    {
        object?[] given = arguments.Bind("old", "new", "count");
        (JinjaText old, JinjaText with) = (JinjaValue.ToText(given[0] ?? JinjaNone.Value), JinjaValue.ToText(given[1] ?? JinjaNone.Value));
        int most = JinjaValue.ToCount(given[2]), done = 0, from = 0, at;
        JinjaWriter writer = run.NewWriter();
        for (; (most < 0 || done < most) && (at = Next(run, text, old, from, done)) >= 0; done++)
        {
            writer.Add(text, from, at - from).Add(with);
            from = at + old.Value.Length;
        }
        return done == 0 ? text : writer.Add(text, from, text.Value.Length - from).ToText();
    }

    static int Next(JinjaRun run, JinjaText text, JinjaText old, int from, int done)
    {
        if (old.Value.Length > 0)
            return JinjaOperator.Find(run, text, old, from);
        int at = done == 0 ? 0 : from == text.Value.Length ? -1 : from + (char.IsSurrogatePair(text.Value, from) ? 2 : 1);
        return at;
    }

    /// <summary>What is stripped; null for white space.</summary>
    public static string? Characters(JinjaArguments arguments)
    {
        string? characters = arguments.Bind("chars")[0] is { } given and not JinjaNone ? JinjaValue.ToText(given).Value : null;
        return characters is not { Length: > MostStripped } ? characters
            : throw new JinjaFault($"at most {MostStripped} characters to strip", "more");
    }

    static JinjaText Part(JinjaArguments arguments) => JinjaValue.ToText(arguments.One("text"));

    static IReadOnlyList<object> Texts(object items) => [.. JinjaValue.Items(items).Select(JinjaValue.ToText)];

    static bool Any(JinjaArguments arguments, Func<string, bool> holds) => arguments.One("text") is JinjaList { IsTuple: true } several
        ? several.Items.Any(part => holds(JinjaValue.ToText(part).Value)) : holds(Part(arguments).Value);

    static long Count(JinjaRun run, JinjaText text, JinjaText part)
    {
        if (part.Value.Length == 0)
            return text.Length + 1;
        long count = 0;
        for (int at = 0; (at = JinjaOperator.Find(run, text, part, at)) >= 0; at += part.Value.Length)
            count++;
        return count;
    }
}
