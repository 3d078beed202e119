using System.Text;
using System.Text.RegularExpressions;

namespace Speculative;

/// <summary>
/// What a chat template prints of its own where it is asked for an answer, given neither tools nor a system message: all branches that this
/// does not rule out, one after the other, with <see cref="Gap"/> wherever something is printed that is not the template's own.
/// </summary>
/// <remarks>
/// No Jinja engine: it runs nothing, and reads the marks and standing messages that templates spell out. White space around tags counts as
/// in Hugging Face's environment (<c>trim_blocks</c>, <c>lstrip_blocks</c>). Linear in the template's length.
/// </remarks>
sealed partial class JinjaText
{
    public const char Gap = '\uFFFC';

    /// <summary>Characters that are read of what is printed, and of a variable: variables that print each other multiply.</summary>
    const int MostText = 1 << 24, MostOfVariable = 4096;

    readonly ChatSource source;
    readonly string template;
    readonly Dictionary<string, string> constants;
    readonly Stack<Block> blocks = [];
    readonly StringBuilder text = new(), prompt = new();

    public JinjaText(ChatSource source)
    {
        this.source = source;
        template = source.Template;
        constants = new() { ["bos_token"] = source.BeginToken, ["eos_token"] = source.EndToken };
        for (int at = 0; at < template.Length;)
            at = ReadTag(at);
    }

    /// <summary>An open block; what it lies in counts for it too.</summary>
    readonly record struct Block(string Keyword, bool IsDead, bool WasTaken, bool IsPrompt);

    /// <summary>All of it.</summary>
    public string Text => text.ToString();

    /// <summary>The part under <c>add_generation_prompt</c>.</summary>
    public string Prompt => prompt.ToString();

    Block Innermost => blocks.TryPeek(out Block block) ? block : default;

    /// <summary>Prints the text up to the next tag and does what the tag says; returns where it ends.</summary>
    int ReadTag(int at)
    {
        int open = at;
        while ((open = template.IndexOf('{', open)) >= 0 && (open + 1 == template.Length || template[open + 1] is not ('{' or '%' or '#')))
            open++;
        if (open < 0)
            open = template.Length;
        Print(Trimmed(at, open));
        if (open == template.Length)
            return open;
        char kind = template[open + 1];
        int end = EndOfTag(open + 2, kind == '{' ? '}' : kind);
        string inside = template[(open + 2)..end].Trim('-', '+');
        if (kind == '{')
            Print(Printed(inside));
        else if (kind == '%')
            Obey(inside.Trim());
        return Math.Min(end + 2, template.Length);
    }

    /// <summary>Text between tags, less the white space that the tags around it take.</summary>
    string Trimmed(int start, int end)
    {
        ReadOnlySpan<char> between = template.AsSpan(start, end - start);
        if (start >= 3 && template[start - 3] == '-')
            between = between.TrimStart();
        else if (start >= 2 && template[start - 2] is '%' or '#' && between.StartsWith('\n'))
            between = between[1..];
        if (end + 2 >= template.Length)
            return between.ToString();
        if (template[end + 2] == '-')
            return between.TrimEnd().ToString();
        ReadOnlySpan<char> line = between.TrimEnd(" \t");
        bool takesIndent = template[end + 1] != '{' && (line.EndsWith('\n') || line.IsEmpty && (start == 0 || template[start] == '\n'));
        return (takesIndent ? line : between).ToString();
    }

    /// <summary>The first character of what closes a tag; the end of the template if nothing does.</summary>
    int EndOfTag(int from, char closing)
    {
        for (int i = from; i + 1 < template.Length; i++)
            if (template[i] == closing && template[i + 1] == '}')
                return i;
            else if (closing != '#' && template[i] is '\'' or '"')
                i = JinjaLiteral.End(template, i) - 1;
        return template.Length;
    }

    void Print(string printed)
    {
        if (Innermost.IsDead)
            return;
        if (printed.Length > MostText - text.Length)
            throw source.Fault($"one that prints at most {MostText} characters");
        text.Append(printed);
        if (Innermost.IsPrompt)
            prompt.Append(printed);
    }

    void Obey(string tag)
    {
        string keyword = Word().Match(tag).Value, rest = tag[keyword.Length..].Trim();
        if (keyword == "set" && rest.Contains('='))
            Assign(rest);
        else if (keyword == "if")
            blocks.Push(Branch(rest, wasTaken: false));
        else if (keyword is "elif" or "else" && Innermost.Keyword == "if")
            blocks.Push(Branch(rest, blocks.Pop().WasTaken));
        else if (keyword is "for" or "macro" or "call" or "filter" or "set" or "generation")
            blocks.Push(Innermost with { Keyword = keyword, IsDead = Innermost.IsDead || keyword is "macro" or "set" });
        else if (keyword.Length > 0 && keyword == "end" + Innermost.Keyword)
            blocks.Pop();
    }

    Block Branch(string condition, bool wasTaken)
    {
        bool? holds = wasTaken ? false : Holds(condition);
        bool isPrompt = condition.Contains("add_generation_prompt", StringComparison.Ordinal);
        return new("if", Innermost.IsDead || holds == false, wasTaken || holds == true, Innermost.IsPrompt || isPrompt);
    }

    /// <summary>Null where it cannot be told; an else says nothing.</summary>
    bool? Holds(string condition)
    {
        if (Says("add_generation_prompt"))
            return !Says("not add_generation_prompt");
        if (FirstIsSystem().IsMatch(condition))
            return Says("!=");
        if (Option().Match(condition) is not { Success: true, Value: var option })
            return null;
        bool isSet = constants.ContainsKey(option), isDenied = Says("not " + option);
        return Says(option + " is not defined") ? !isSet : isSet ? !isDenied && !Says("false") : isDenied && !Says(option + " is defined");

        bool Says(string words) => condition.Contains(words, StringComparison.Ordinal);
    }

    /// <summary>A variable with a text of the template's own stands for it where it is printed; a switch may be on.</summary>
    void Assign(string assignment)
    {
        if (Innermost.IsDead)
            return;
        string name = assignment[..assignment.IndexOf('=')].Trim(), value = assignment[(name.Length + 1)..].TrimStart(' ', '=');
        string printed = Printed(value);
        if (value.Contains("true", StringComparison.Ordinal) || printed.Length is > 0 and <= MostOfVariable && !printed.Contains(Gap))
            constants[name] = printed;
        else
            constants.Remove(name);
    }

    string Printed(string expression)
    {
        StringBuilder printed = new();
        for (int i = 0, end; i < expression.Length && printed.Length <= MostText; i = end)
        {
            bool isLiteral = expression[i] is '\'' or '"', isName = char.IsLetter(expression[i]) || expression[i] == '_';
            end = isLiteral ? JinjaLiteral.End(expression, i) : isName ? EndOfName(expression, i) : i + 1;
            if (isLiteral)
                printed.Append(JinjaLiteral.Unescape(expression.AsSpan(i, end - i)));
            else if (isName)
                printed.Append(constants.GetValueOrDefault(expression[i..end], Gap.ToString()));
        }
        return printed.ToString();
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

    [GeneratedRegex(@"^\w*")]
    private static partial Regex Word();

    [GeneratedRegex(@"^\(?(?:messages and )?messages\[0\](?:\.role|\[['""]role['""]\])\s*[!=]=\s*['""]system['""]\)?$")]
    private static partial Regex FirstIsSystem();

    /// <summary>What nobody sets here.</summary>
    [GeneratedRegex(@"\b(?:tools|enable_thinking)\b")]
    private static partial Regex Option();
}
