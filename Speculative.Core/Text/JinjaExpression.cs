using System.Text.RegularExpressions;

namespace Speculative;

/// <summary>What an expression prints: its literals, known variables and <see cref="JinjaMark"/>s.</summary>
/// <remarks>A sum of literals and names, with the filter <c>trim</c>; all else is a gap.</remarks>
sealed partial class JinjaExpression(IReadOnlyDictionary<string, IReadOnlyList<string>> variables)
{
    /// <summary>Texts that one expression may stand for, and their length: variables that hold each other multiply.</summary>
    const int MostTexts = 16, MostLength = 1 << 13;

    static readonly string gap = JinjaMark.Gap.ToString();

    /// <summary>Every text that it may print; one where its variables are certain.</summary>
    public IReadOnlyList<string> Texts(string expression)
    {
        List<string> sums = [""];
        IReadOnlyList<string> last = [];
        for (int i = 0, end; i < expression.Length; i = end)
        {
            bool isLiteral = expression[i] is '\'' or '"', isName = IsNameStart(expression[i]);
            end = isLiteral ? JinjaLiteral.End(expression, i) : isName ? EndOfName(expression, i) : i + 1;
            if (isLiteral)
                (sums, last) = (Join(sums, last), [JinjaLiteral.Unescape(expression.AsSpan(i, end - i))]);
            else if (isName)
                (sums, last) = (Join(sums, last), Named(expression[i..end]));
            else if (expression[i] == '|')
                (last, end) = Filtered(expression, i, last);
            else if (!char.IsWhiteSpace(expression[i]) && expression[i] is not ('+' or '~' or '(' or ')'))
                (sums, last) = (Join(sums, last), [gap]);
            if (sums is [{ Length: > MostLength }])
                return [gap];
        }
        return Join(sums, last);
    }

    static bool IsNameStart(char character) => char.IsLetter(character) || character == '_';

    static List<string> Join(List<string> sums, IReadOnlyList<string> last)
    {
        if (last.Count == 0)
            return sums;
        bool tooMany = sums.Count * last.Count > MostTexts || sums.Max(sum => sum.Length) + last.Max(text => text.Length) > MostLength;
        return tooMany ? [gap] : [.. sums.SelectMany(sum => last.Select(text => sum + text)).Distinct()];
    }

    /// <summary>A filter after what came last, which it binds to; after a bracket it is not read.</summary>
    static (IReadOnlyList<string> Last, int End) Filtered(string expression, int bar, IReadOnlyList<string> last)
    {
        int start = bar + 1;
        while (start < expression.Length && char.IsWhiteSpace(expression[start]))
            start++;
        int end = start;
        while (end < expression.Length && (char.IsLetter(expression[end]) || expression[end] == '_'))
            end++;
        bool isTrim = expression[start..end] == "trim" && !expression.AsSpan(0, bar).TrimEnd().EndsWith(')');
        return (isTrim ? [.. last.Select(JinjaMark.Strip)] : [gap], Math.Max(end, bar + 1));
    }

    IReadOnlyList<string> Named(string name)
    {
        const string strip = ".strip()";
        if (name.StartsWith("raise_exception(", StringComparison.Ordinal) || name is "false" or "False" or "none" or "None")
            return [""];
        if (name is "true" or "True")
            return [name];
        if (variables.TryGetValue(name, out IReadOnlyList<string>? known))
            return known;
        ReadOnlySpan<char> stripped = name;
        while (stripped.EndsWith(strip))
            stripped = stripped[..^strip.Length];
        if (stripped.Length < name.Length)
            return [.. Named(stripped.ToString()).Select(JinjaMark.Strip)];
        Match match = Member().Match(name);
        return [match.Groups["role"].Success ? JinjaMark.Role.ToString() : match.Success ? JinjaMark.Said.ToString() : gap];
    }

    /// <summary>A variable with all that is asked of it: members, indices, calls.</summary>
    static int EndOfName(string expression, int at)
    {
        int depth = 0;
        for (; at < expression.Length; at++)
            if (depth > 0 && expression[at] is '\'' or '"')
                at = JinjaLiteral.End(expression, at) - 1;
            else if (expression[at] is '[' or '(')
                depth++;
            else if (expression[at] is ']' or ')' && --depth < 0 || depth == 0 && !IsOfName(expression[at]))
                break;
        return Math.Min(at, expression.Length);
    }

    static bool IsOfName(char character) => char.IsLetterOrDigit(character) || character is '_' or '.' or ']' or ')';

    /// <summary>A message's role, or what it says; of an answer also without the thoughts before it.</summary>
    [GeneratedRegex(@"^\w*messages?(?:\[0\])?(?:(?<role>\.role|\[['""]role['""]\])|(?:\.content|\[['""]content['""]\])"
        + @"(?:\.split\(['""]</think>['""]\)\[-1\]\.lstrip\(['""]\\n['""]\))?)$")]
    private static partial Regex Member();
}
