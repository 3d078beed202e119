using System.Text.RegularExpressions;

namespace Speculative;

/// <summary>Reads the <c>pre_tokenizer</c> of a tokenizer.json: how text is cut into words.</summary>
sealed class PreTokenizer
{
    readonly List<Func<string, bool, IEnumerable<string>>> steps = [];

    public PreTokenizer(JsonField field) => Add(field);

    /// <summary>Words are encoded byte by byte.</summary>
    public bool IsByteLevel { get; private set; }

    /// <summary>Cuts a piece of text into words.</summary>
    /// <param name="text">Normalized text without added tokens.</param>
    /// <param name="atStart">The piece begins the whole text.</param>
    public IEnumerable<string> Split(string text, bool atStart)
    {
        IEnumerable<string> pieces = [text];
        foreach (Func<string, bool, IEnumerable<string>> step in steps)
            pieces = pieces.SelectMany((piece, i) => step(piece, atStart && i == 0));
        return pieces;
    }

    void Add(JsonField field)
    {
        if (field.IsNull)
            return;
        switch (field["type"].Text())
        {
            case "Sequence":
                foreach (JsonField part in field["pretokenizers"].Items())
                    Add(part);
                break;
            case "Split":
                steps.Add(Split(field));
                break;
            case "Digits":
                WordPattern digits = new(new(field["individual_digits"].Bool(false) ? @"\p{N}" : @"\p{N}+", RegexOptions.CultureInvariant));
                steps.Add((text, _) => digits.Split(text).Select(part => part.Piece));
                break;
            case "ByteLevel":
                steps.Add(ByteLevel(field["add_prefix_space"].Bool(true), field["use_regex"].Bool(true)));
                IsByteLevel = true;
                break;
            case "Metaspace":
                steps.Add(Metaspace(field));
                break;
            default:
                throw field["type"].Fault("Sequence, Split, Digits, ByteLevel or Metaspace");
        }
    }

    static Func<string, bool, IEnumerable<string>> Split(JsonField field)
    {
        WordPattern pattern = WordPattern.Read(field["pattern"]);
        bool invert = field["invert"].Bool(false);
        return field["behavior"].Text() switch
        {
            "Isolated" => (text, _) => pattern.Split(text).Select(part => part.Piece),
            "Removed" => (text, _) => pattern.Split(text).Where(part => part.IsMatch == invert).Select(part => part.Piece),
            _ => throw field["behavior"].Fault("Isolated or Removed"),
        };
    }

    static Func<string, bool, IEnumerable<string>> ByteLevel(bool addsSpace, bool splits) => (text, _) =>
    {
        string spaced = addsSpace && !text.StartsWith(' ') ? " " + text : text;
        return splits ? WordPattern.Gpt2.Split(spaced).Select(part => part.Piece) : [spaced];
    };

    static Func<string, bool, IEnumerable<string>> Metaspace(JsonField field)
    {
        string mark = field["replacement"].Text("▁");
        if (mark.EnumerateRunes().Count() != 1)
            throw field["replacement"].Fault("one character");
        string scheme = field["prepend_scheme"].Text(field["add_prefix_space"].Bool(true) ? "always" : "never");
        bool splits = field["split"].Bool(true);
        if (scheme is not ("always" or "first" or "never"))
            throw field["prepend_scheme"].Fault("always, first or never");
        string escaped = Regex.Escape(mark);
        WordPattern words = new(new($"(?:{escaped})?(?:(?!{escaped}).)*", RegexOptions.CultureInvariant | RegexOptions.Singleline));
        return (text, atStart) =>
        {
            string marked = text.Replace(" ", mark, StringComparison.Ordinal);
            if ((scheme == "always" || scheme == "first" && atStart) && !marked.StartsWith(mark, StringComparison.Ordinal))
                marked = mark + marked;
            return splits ? words.Split(marked).Select(part => part.Piece) : [marked];
        };
    }
}
