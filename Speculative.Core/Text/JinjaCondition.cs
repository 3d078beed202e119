using System.Text.RegularExpressions;

namespace Speculative;

/// <summary>
/// Whether a condition holds where an answer is asked for, without tools and options: null where only a conversation can tell.
/// </summary>
/// <param name="hasSystem">The conversation begins with a system message.</param>
/// <param name="variables">What was assigned.</param>
sealed partial class JinjaCondition(bool hasSystem, IReadOnlyDictionary<string, IReadOnlyList<string>> variables)
{
    /// <summary>Brackets and negations inside each other; deeper ones are not read.</summary>
    const int MostDepth = 32;

    /// <summary>A variable of this name is there where the messages after the system's are taken apart.</summary>
    public const string Sliced = "messages[1:]";

    /// <summary>Whether it holds.</summary>
    /// <param name="condition">What stands after <c>if</c>.</param>
    public bool? Holds(string condition) => Holds(condition, isFirst: false, depth: 0);

    bool? Holds(string condition, bool isFirst, int depth)
    {
        condition = condition.Trim();
        if (depth > MostDepth || condition.Length == 0)
            return null;
        if (Parts(condition, "or") is { Count: > 1 } alternatives)
            return Any(alternatives.Select(part => Holds(part, isFirst, depth + 1)), true);
        if (Parts(condition, "and") is { Count: > 1 } requirements)
        {
            isFirst |= requirements.Any(part => part.Trim() is "loop.first" or "loop.index0 == 0");
            return Any(requirements.Select(part => Holds(part, isFirst, depth + 1)), false);
        }
        if (Negation().Match(condition) is { Success: true, Length: var not })
            return !Holds(condition[not..], isFirst, depth + 1);
        return condition[0] == '(' && Closing(condition) == condition.Length - 1
            ? Holds(condition[1..^1], isFirst, depth + 1) : Atom(condition, isFirst);
    }

    /// <summary>What decides, if one of them has it; the other where all of them have that.</summary>
    static bool? Any(IEnumerable<bool?> parts, bool decides)
    {
        bool?[] all = [.. parts];
        return all.Contains(decides) ? decides : all.Contains(null) ? null : !decides;
    }

    bool? Atom(string atom, bool isFirst)
    {
        if (SystemRole().Match(atom) is { Success: true } system)
        {
            bool isDenied = system.Groups["operator"].Value == "!=", isOfFirst = system.Groups["first"].Success;
            return isOfFirst || isFirst && !variables.ContainsKey(Sliced) ? hasSystem != isDenied
                : hasSystem && !variables.ContainsKey(Sliced) ? null : isDenied;
        }
        if (Defined().Match(atom) is { Success: true } defined)
            return IsKnown(defined.Groups["name"].Value) != defined.Groups["not"].Success;
        if (Compared().Match(atom) is { Success: true } compared)
            return Compare(compared.Groups["name"].Value, compared.Groups["true"].Success, compared.Groups["operator"].Value);
        if (Name().IsMatch(atom) && Truth(atom) is { } known)
            return known;
        if (Unset().IsMatch(atom))
            return Denied().IsMatch(atom);
        return atom is "messages" || atom.EndsWith(" is string", StringComparison.Ordinal) ? true : null;
    }

    /// <summary>A name that is assigned nowhere equals nothing.</summary>
    bool? Compare(string name, bool expected, string comparison)
    {
        bool isDenied = comparison is "!=" || comparison.StartsWith("is ", StringComparison.Ordinal);
        bool isNothing = comparison is "==" or "!=" && !variables.ContainsKey(name);
        return Truth(name) is { } truth ? truth == expected != isDenied : isNothing ? isDenied : null;
    }

    bool IsKnown(string name) => variables.ContainsKey(name) || name is "add_generation_prompt" or "messages" or "loop";

    /// <summary>Whether a variable counts as true: a text that is not empty does.</summary>
    bool? Truth(string name)
    {
        if (name is "true" or "false" or "True" or "False" or "none" or "None")
            return name is "true" or "True";
        if (name == "add_generation_prompt")
            return true;
        if (!variables.TryGetValue(name, out IReadOnlyList<string>? texts))
            return Unset().IsMatch(name) ? false : null;
        return texts.All(text => text.Length == 0) ? false
            : texts.All(text => text.Length > 0 && text.IndexOf(JinjaMark.Gap) < 0) ? true : null;
    }

    /// <summary>The parts between words of a condition, those in brackets and quotes aside.</summary>
    static List<string> Parts(string condition, string word)
    {
        List<string> parts = [];
        int start = 0, depth = 0;
        for (int i = 0; i < condition.Length; i++)
            if (condition[i] is '\'' or '"')
                i = JinjaLiteral.End(condition, i) - 1;
            else if (condition[i] is '(' or '[' or '{')
                depth++;
            else if (condition[i] is ')' or ']' or '}')
                depth--;
            else if (depth == 0 && IsWord(condition, i, word))
            {
                parts.Add(condition[start..i]);
                start = i + word.Length;
            }
        parts.Add(condition[start..]);
        return parts;
    }

    static bool IsWord(string condition, int at, string word) =>
        string.CompareOrdinal(condition, at, word, 0, word.Length) == 0 && (at == 0 || !IsOfWord(condition[at - 1]))
            && (at + word.Length == condition.Length || !IsOfWord(condition[at + word.Length]));

    static bool IsOfWord(char character) => char.IsLetterOrDigit(character) || character == '_';

    static int Closing(string condition)
    {
        int depth = 0;
        for (int i = 0; i < condition.Length; i++)
            if (condition[i] is '\'' or '"')
                i = JinjaLiteral.End(condition, i) - 1;
            else if (condition[i] == '(')
                depth++;
            else if (condition[i] == ')' && --depth == 0)
                return i;
        return -1;
    }

    [GeneratedRegex(@"^not(?=[\s(])")]
    private static partial Regex Negation();

    [GeneratedRegex(@"^\w*messages?(?<first>\[0\])?(?:\.role|\[['""]role['""]\])\s*(?<operator>[!=]=)\s*['""]system['""]$")]
    private static partial Regex SystemRole();

    [GeneratedRegex(@"^(?<name>\w+)\s+is\s+(?<not>not\s+)?defined$")]
    private static partial Regex Defined();

    [GeneratedRegex(@"^(?<name>\w+)\s*(?<operator>==|!=|\bis\s+not\b|\bis\b)\s*(?:(?<true>[tT]rue)|[fF]alse|[nN]one)$")]
    private static partial Regex Compared();

    /// <summary>What nobody sets here: tools and their messages, and thoughts apart from what is said.</summary>
    [GeneratedRegex(@"\b(?:\w*tools?\w*|functions?|documents|enable_thinking|thinking|reasoning_content)\b|ipython"
        + @"|loop\.index0 > ns\.last_query_index")]
    private static partial Regex Unset();

    /// <summary>A condition that says so.</summary>
    [GeneratedRegex(@"is not defined|is (?:none|None|undefined|false)$|length == 0|!=|\bnot in\b|== ?(?:none|None|false)$")]
    private static partial Regex Denied();

    [GeneratedRegex(@"^\w+$")]
    private static partial Regex Name();
}
