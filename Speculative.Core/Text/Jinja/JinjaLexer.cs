using System.Text.RegularExpressions;

namespace Speculative;

/// <summary>
/// Cuts a template into tokens. White space counts as in Hugging Face's environment (<c>trim_blocks</c>, <c>lstrip_blocks</c>, no
/// <c>keep_trailing_newline</c>), which follows jinja2's lexer.
/// </summary>
sealed partial class JinjaLexer
{
    const string Opening = "([{", Closing = ")]}";
    const int MostNameCharacters = 256;

    readonly string template;
    int at, line = 1, counted;

    public JinjaLexer(string template)
    {
        string normal = template.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        this.template = normal.EndsWith('\n') ? normal[..^1] : normal;
    }

    public IEnumerable<JinjaToken> Read()
    {
        while (at < template.Length)
        {
            int open = FindTag(at);
            if (Before(at, open) is { Length: > 0 } text)
                yield return Token(JinjaTokenKind.Text, text);
            if ((at = open) == template.Length)
                break;
            at += 2 + (IsSign(open + 2) ? 1 : 0);
            if (template[open + 1] == '#')
                SkipComment();
            else if (template[open + 1] == '%' && Raw().Match(template, at) is { Success: true } raw)
                yield return ReadRaw(raw);
            else
                foreach (JinjaToken token in ReadTag(template.Substring(open, 2)))
                    yield return token;
        }
        yield return Token(JinjaTokenKind.End, "");
    }

    bool IsSign(int place) => place < template.Length && template[place] is '-' or '+';

    int FindTag(int from)
    {
        int open = from;
        while ((open = template.IndexOf('{', open)) >= 0 && (open + 1 == template.Length || template[open + 1] is not ('{' or '%' or '#')))
            open++;
        return open < 0 ? template.Length : open;
    }

    /// <summary>The text before a tag, less the white space that the tag takes.</summary>
    string Before(int start, int open)
    {
        ReadOnlySpan<char> text = template.AsSpan(start, open - start);
        char sign = open + 2 < template.Length ? template[open + 2] : ' ';
        if (open == template.Length || sign == '+')
            return text.ToString();
        if (sign == '-')
            return JinjaText.TrimEnd(text).ToString();
        int begin = text.LastIndexOf('\n') + 1;
        bool isIndent = template[open + 1] != '{' && (begin > 0 || start == 0 || template[start - 1] == '\n')
            && JinjaText.TrimEnd(text[begin..]).IsEmpty;
        return (isIndent ? text[..begin] : text).ToString();
    }

    void SkipComment()
    {
        Match end = EndOfComment().Match(template, at);
        at = end.Success ? end.Index + end.Length : throw Fault("the end of a comment", "none");
    }

    JinjaToken ReadRaw(Match begin)
    {
        int start = begin.Index + begin.Length;
        Match end = EndOfRaw().Match(template, start);
        if (!end.Success)
            throw Fault("{% endraw %}", "none");
        JinjaToken text = Token(JinjaTokenKind.Text, Before(start, end.Index));
        at = end.Index + end.Length;
        return text;
    }

    /// <summary>A tag from its opening to its closing mark; braces of dictionaries do not close it.</summary>
    IEnumerable<JinjaToken> ReadTag(string open)
    {
        yield return Token(JinjaTokenKind.Tag, open);
        Regex closing = open == "{{" ? EndOfPrint() : EndOfBlock();
        Stack<char> brackets = [];
        while (true)
        {
            while (at < template.Length && JinjaText.IsSpace(template[at]))
                at++;
            if (at == template.Length)
                throw Fault("the end of a tag", "the end of the template");
            if (brackets.Count == 0 && closing.Match(template, at) is { Success: true } end)
            {
                yield return Token(JinjaTokenKind.Tag, open == "{{" ? "}}" : "%}");
                at += end.Length;
                yield break;
            }
            JinjaToken token = ReadToken();
            Balance(brackets, token);
            yield return token;
        }
    }

    void Balance(Stack<char> brackets, JinjaToken token)
    {
        if (token.Kind != JinjaTokenKind.Operator || token.Text.Length > 1)
            return;
        if (Opening.Contains(token.Text[0], StringComparison.Ordinal))
            brackets.Push(token.Text[0]);
        else if (Closing.IndexOf(token.Text[0], StringComparison.Ordinal) is >= 0 and var kind
            && (!brackets.TryPop(out char open) || open != Opening[kind]))
            throw Fault("brackets in pairs", token.ToString());
    }

    JinjaToken ReadToken()
    {
        Match match = TokenText().Match(template, at);
        if (!match.Success)
            throw Fault("an expression", JinjaFault.Show(template[at].ToString()));
        JinjaTokenKind kind = match.Groups["float"].Success ? JinjaTokenKind.Float : match.Groups["int"].Success ? JinjaTokenKind.Integer
            : match.Groups["name"].Success ? JinjaTokenKind.Name : match.Groups["string"].Success ? JinjaTokenKind.String
            : JinjaTokenKind.Operator;
        if (kind == JinjaTokenKind.Name && match.Length > MostNameCharacters)
            throw Fault($"names of at most {MostNameCharacters} characters", "a longer one");
        JinjaToken token = Token(kind, match.Value);
        at += match.Length;
        return kind != JinjaTokenKind.String ? token : token with
        {
            Text = JinjaLiteral.Unescape(match.Value.AsSpan(1, match.Length - 2))
                ?? throw Fault("an escape that Python knows", JinjaFault.Show(match.Value)),
        };
    }

    JinjaToken Token(JinjaTokenKind kind, string text) => new(kind, text, Line());

    JinjaFault Fault(string expected, string found) => new(expected, found) { Line = Line() };

    int Line()
    {
        line += template.AsSpan(counted, at - counted).Count('\n');
        counted = at;
        return line;
    }

    [GeneratedRegex(@"\G\s*raw\s*(?:-%\}\s*|%\})")]
    private static partial Regex Raw();

    [GeneratedRegex(@"\{%[-+]?\s*endraw\s*(?:\+%\}|-%\}\s*|%\}\n?)")]
    private static partial Regex EndOfRaw();

    [GeneratedRegex(@"\+#\}|-#\}\s*|#\}\n?")]
    private static partial Regex EndOfComment();

    [GeneratedRegex(@"\G(?:-\}\}\s*|\}\})")]
    private static partial Regex EndOfPrint();

    [GeneratedRegex(@"\G(?:\+%\}|-%\}\s*|%\}\n?)")]
    private static partial Regex EndOfBlock();

    [GeneratedRegex(@"\G(?:(?<float>(?<!\.)[0-9][0-9_]*(?:\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+))|(?<int>0[bB][01_]+|0[oO][0-7_]+"
        + @"|0[xX][0-9a-fA-F_]+|[0-9][0-9_]*)|(?<name>[^\W\d]\w*)|(?<string>'(?:[^'\\]|\\.)*'|""(?:[^""\\]|\\.)*"")"
        + @"|//|\*\*|[=!<>]=|[-+/*%~\[\](){}<>=.:|,;])", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex TokenText();
}
