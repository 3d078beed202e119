using System.Globalization;
using System.Text;

namespace Speculative;

/// <summary>
/// A model's tokenizer, read from <c>tokenizer.json</c> or a GGUF file: byte-level BPE (GPT-2, Llama 3, Qwen2 and Qwen3) or
/// SentencePiece-style BPE with byte fallback (Llama 2, Mistral). No token is added to begin or end a text:
/// <see cref="ChatTemplate"/> writes those.
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class Tokenizer : ITokenDecoder
{
    const long MaxBytes = 128 << 20;

    readonly BpeModel model;
    readonly IWordEncoder words;
    readonly PreTokenizer preTokenizer;
    readonly Func<string, string> normalizer;
    readonly AddedTokenSplitter given, givenOrdinary, normalized, normalizedOrdinary, special;
    readonly HashSet<int> specialIds;
    readonly Dictionary<string, int> addedIds = [];
    readonly TokenTable table;
    readonly bool dropsLeadingSpace;

    Tokenizer(string file, JsonField root)
    {
        model = BpeModel.Read(file, root["model"]);
        normalizer = TextNormalizer.Read(root["normalizer"]);
        preTokenizer = new(root["pre_tokenizer"]);
        words = preTokenizer.IsByteLevel ? ByteLevelEncoder.Create(model) : FallbackEncoder.Create(model);
        List<AddedToken> added = root["added_tokens"].IsNull ? [] : [.. root["added_tokens"].Items().Select(AddedToken.Read)];
        foreach (AddedToken token in added)
            addedIds[token.Content] = token.Id;
        given = new(added.Where(token => !token.IsNormalized), text => text);
        givenOrdinary = new(added.Where(token => !token.IsNormalized && !token.IsSpecial), text => text);
        normalized = new(added.Where(token => token.IsNormalized), normalizer);
        normalizedOrdinary = new(added.Where(token => token.IsNormalized && !token.IsSpecial), normalizer);
        special = new(added.Where(token => token.IsSpecial), text => text);
        specialIds = [.. added.Where(token => token.IsSpecial).Select(token => token.Id)];
        table = new(model.Vocabulary, added, preTokenizer.IsByteLevel ? ByteAlphabet.Decode : DecodePiece);
        dropsLeadingSpace = DropsLeadingSpace(root["decoder"]);
        BeginsTexts = root["post_processor"].IsNull ? null : PutsTokenFirst(root["post_processor"]);
    }

    /// <summary>The largest token id + 1; a model's logits may be longer (padding), never shorter.</summary>
    public int VocabularySize => table.Count;

    /// <summary>
    /// Whether the file says that a token comes before a text (no method here adds it); null where it says nothing of what is added.
    /// </summary>
    internal bool? BeginsTexts { get; }

    /// <summary>Reads a model folder's tokenizer.</summary>
    /// <param name="folder">A folder with a <c>tokenizer.json</c>.</param>
    /// <exception cref="ArgumentException"><paramref name="folder"/> is null or empty.</exception>
    /// <exception cref="ModelFormatException">The file is missing, damaged, or needs something that this class does not know.</exception>
    public static Tokenizer Load(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string file = Path.Combine(Path.GetFullPath(folder), "tokenizer.json");
        return new(file, JsonField.Read(file, MaxBytes));
    }

    /// <summary>Reads the tokenizer of a GGUF file; what it returns needs the file no longer.</summary>
    /// <param name="file">An open file.</param>
    /// <exception cref="ModelFormatException">The file has no tokenizer, or one of a kind that this class does not know.</exception>
    public static Tokenizer Load(GgufFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new(file.Path, GgufTokenizer.Read(file.Metadata));
    }

    /// <summary>Turns text into tokens; special tokens written in the text, such as <c>&lt;|end|&gt;</c>, become those tokens.</summary>
    /// <param name="text">Any text; halves of surrogate pairs count as U+FFFD.</param>
    /// <returns>The token ids, empty for empty text.</returns>
    public int[] Encode(string text) => Encode(text, given, normalized);

    /// <summary>
    /// Turns a conversation into tokens: the template's special tokens, and what is said as ordinary text, whatever it spells.
    /// </summary>
    /// <param name="prompt">What <see cref="ChatTemplate.Apply"/> wrote.</param>
    /// <returns>The token ids: those of its text, where no message spells a special token.</returns>
    public int[] Encode(ChatPrompt prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        if (prompt.Pieces.Any(piece => piece.IsSaid && special.Split(piece.Text).Any(part => part.Token is not null)))
            return EncodeApart(prompt);
        int[] tokenIds = Encode(prompt.Text);
        IEnumerable<int> written = prompt.Pieces.Where(piece => !piece.IsSaid).SelectMany(piece => special.Split(piece.Text))
            .Where(part => part.Token is not null).Select(part => part.Token!.Id);
        return tokenIds.Where(specialIds.Contains).SequenceEqual(written) ? tokenIds : EncodeApart(prompt);
    }

    /// <summary>Turns text that nobody vouches for into tokens: what looks like a special token is ordinary text.</summary>
    /// <param name="text">Any text; halves of surrogate pairs count as U+FFFD.</param>
    /// <returns>The token ids, none of them special.</returns>
    public int[] EncodeOrdinary(string text) => Encode(text, givenOrdinary, normalizedOrdinary);

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Decode(int tokenId) => table[tokenId];

    /// <summary>Turns tokens into text, without special tokens; what is not UTF-8 becomes U+FFFD.</summary>
    /// <param name="tokenIds">Tokens from the beginning of a text: where the tokenizer puts a space before texts, it is taken off.</param>
    /// <returns>The text.</returns>
    public string Decode(ReadOnlySpan<int> tokenIds)
    {
        MemoryStream bytes = new();
        foreach (int tokenId in tokenIds)
            bytes.Write(table[tokenId]);
        ReadOnlySpan<byte> utf8 = bytes.GetBuffer().AsSpan(0, (int)bytes.Length);
        return Encoding.UTF8.GetString(dropsLeadingSpace && utf8.StartsWith(" "u8) ? utf8[1..] : utf8);
    }

    /// <summary>Finds a token by its spelling in the vocabulary, for example <c>&lt;|end|&gt;</c>.</summary>
    /// <param name="token">The spelling.</param>
    /// <returns>Its id, or null if there is none.</returns>
    public int? TryGetId(string token) =>
        addedIds.TryGetValue(token, out int id) || model.Vocabulary.TryGetValue(token, out id) ? id : null;

    /// <summary>
    /// A conversation in which somebody spells a special token: the template's own are cut out first, the rest is ordinary.
    /// </summary>
    int[] EncodeApart(ChatPrompt prompt)
    {
        List<int> tokenIds = [];
        StringBuilder ordinary = new();
        foreach (ChatPiece piece in prompt.Pieces)
            foreach ((string text, AddedToken? token) in piece.IsSaid ? [(piece.Text, null)] : special.Split(piece.Text))
                if (token is null)
                    ordinary.Append(text);
                else
                {
                    Encode(ordinary.ToString(), givenOrdinary, normalizedOrdinary, tokenIds);
                    ordinary.Clear();
                    tokenIds.Add(token.Id);
                }
        Encode(ordinary.ToString(), givenOrdinary, normalizedOrdinary, tokenIds);
        return [.. tokenIds];
    }

    int[] Encode(string text, AddedTokenSplitter inGiven, AddedTokenSplitter inNormalized)
    {
        List<int> tokenIds = [];
        Encode(text, inGiven, inNormalized, tokenIds);
        return [.. tokenIds];
    }

    /// <summary>Adds a text's tokens to those before it.</summary>
    void Encode(string text, AddedTokenSplitter inGiven, AddedTokenSplitter inNormalized, List<int> tokenIds)
    {
        ArgumentNullException.ThrowIfNull(text);
        bool atStart = tokenIds.Count == 0;
        foreach ((string piece, AddedToken? token) in inGiven.Split(WellFormed(text)))
        {
            if (token is not null)
                tokenIds.Add(token.Id);
            else
                EncodeNormalized(normalizer(piece), atStart, inNormalized, tokenIds);
            atStart = false;
        }
    }

    void EncodeNormalized(string text, bool atStart, AddedTokenSplitter splitter, List<int> tokenIds)
    {
        foreach ((string piece, AddedToken? token) in splitter.Split(text))
        {
            if (token is not null)
                tokenIds.Add(token.Id);
            else
                foreach (string word in preTokenizer.Split(piece, atStart))
                    words.Encode(word, tokenIds);
            atStart = false;
        }
    }

    static string WellFormed(string text) =>
        text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) : text;

    static byte[] DecodePiece(string token) => token is ['<', '0', 'x', _, _, '>']
        && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value)
            ? [value]
            : Encoding.UTF8.GetBytes(token.Replace('▁', ' '));

    static bool DropsLeadingSpace(JsonField decoder) => !decoder.IsNull && decoder["type"].Text() switch
    {
        "Sequence" => decoder["decoders"].Items().Any(DropsLeadingSpace),
        "Strip" => decoder["content"].Text(" ") == " " && decoder["start"].Int(0, int.MaxValue, 0) > 0,
        "Metaspace" => decoder["prepend_scheme"].Text(decoder["add_prefix_space"].Bool(true) ? "always" : "never") != "never",
        _ => false,
    };

    static bool PutsTokenFirst(JsonField processor) => processor["type"].Text() switch
    {
        "Sequence" => processor["processors"].Items().Any(PutsTokenFirst),
        "TemplateProcessing" => processor["single"].Items().Take(1).Any(piece => !piece["SpecialToken"].IsNull),
        _ => false,
    };
}
