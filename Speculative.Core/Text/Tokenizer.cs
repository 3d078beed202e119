using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace Speculative;

/// <summary>
/// The tokenizer of a model folder, from its tokenizer.json: byte-level BPE (GPT-2, Llama 3, Qwen) and SentencePiece-style BPE with byte
/// fallback (Llama 2, Mistral).
/// </summary>
/// <remarks>
/// Merging is Microsoft.ML.Tokenizers'; what that package does not read (tokenizer.json itself, byte fallback, <c>ignore_merges</c>) is done
/// here. Begin-of-text tokens are not added: chat templates spell them. Not thread-safe while encoding.
/// </remarks>
public sealed class Tokenizer : ITokenDecoder
{
    /// <summary>SentencePiece's spelling of a space.</summary>
    internal const char Space = '▁';

    readonly TextNormalizer normalizer;
    readonly PreTokenizer preTokenizer;
    readonly BpeTokenizer bpe;
    readonly Dictionary<string, int> vocabulary;
    readonly Dictionary<string, int> added;
    readonly Regex? addedPattern;
    readonly byte[][] bytes;
    readonly bool byteFallback, ignoreMerges;

    Tokenizer(JsonElement json)
    {
        JsonElement model = json.GetProperty("model");
        if (model.TryGetProperty("type", out JsonElement type) && type.GetString() != "BPE")
            throw new FormatException($"model type '{type.GetString()}' is not supported; expected BPE");
        normalizer = new(Optional(json, "normalizer"));
        preTokenizer = new(Optional(json, "pre_tokenizer"));
        byteFallback = IsSet(model, "byte_fallback");
        ignoreMerges = IsSet(model, "ignore_merges");
        vocabulary = model.GetProperty("vocab").EnumerateObject().ToDictionary(token => token.Name, token => token.Value.GetInt32());
        bpe = BpeTokenizer.Create(new BpeOptions(vocabulary) { Merges = [.. model.GetProperty("merges").EnumerateArray().Select(Merge)], ByteLevel = preTokenizer.ByteLevel });
        JsonElement[] listed = Optional(json, "added_tokens") is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : [];
        added = listed.ToDictionary(token => token.GetProperty("content").GetString()!, token => token.GetProperty("id").GetInt32());
        if (added.Count > 0) // the longest first, where one begins another
            addedPattern = new(string.Join('|', added.Keys.OrderByDescending(token => token.Length).Select(Regex.Escape)), RegexOptions.CultureInvariant);
        int highest = vocabulary.Values.Concat(added.Values).Max();
        if (vocabulary.Values.Concat(added.Values).Min() < 0 || highest > 1 << 24)
            throw new FormatException($"expected token ids from 0 to {1 << 24}");
        bytes = new byte[highest + 1][];
        Array.Fill(bytes, []);
        foreach (var (token, id) in vocabulary)
            bytes[id] = Spell(token);
        foreach (JsonElement token in listed)
            bytes[token.GetProperty("id").GetInt32()] = IsSet(token, "special") ? [] : Encoding.UTF8.GetBytes(token.GetProperty("content").GetString()!);
    }

    /// <summary>One more than the highest token id.</summary>
    public int VocabularySize => bytes.Length;

    /// <summary>Loads a folder's tokenizer.json.</summary>
    /// <param name="folder">The model folder.</param>
    /// <exception cref="ModelFormatException">The file is missing, damaged, or of a kind that is not supported.</exception>
    public static Tokenizer Load(string folder)
    {
        string path = Path.Combine(folder, "tokenizer.json");
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
            return new(json.RootElement);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ModelFormatException($"{path} is missing: a model folder needs it.", exception);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            throw new ModelFormatException($"{path} cannot be used: {exception.Message.TrimEnd('.')}.", exception);
        }
    }

    /// <summary>The tokens of a text; special tokens spelled in it count as such.</summary>
    /// <param name="text">Any text; may be empty.</param>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<int> tokenIds = [];
        int end = 0;
        for (Match? match = addedPattern?.Match(text); match is { Success: true }; match = match.NextMatch())
        {
            EncodeOrdinary(text[end..match.Index], end == 0, tokenIds);
            tokenIds.Add(added[match.Value]);
            end = match.Index + match.Length;
        }
        EncodeOrdinary(text[end..], end == 0, tokenIds);
        return [.. tokenIds];
    }

    /// <summary>The tokens of a text as it is: special tokens spelled in it are ordinary characters. For text from untrusted users.</summary>
    /// <param name="text">Any text; may be empty.</param>
    public int[] EncodeOrdinary(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<int> tokenIds = [];
        EncodeOrdinary(text, true, tokenIds);
        return [.. tokenIds];
    }

    /// <summary>The id of a token by its spelling, special tokens included; null if there is none.</summary>
    /// <param name="token">Such as <c>&lt;|im_end|&gt;</c>.</param>
    public int? FindToken(string token) => added.TryGetValue(token, out int id) || vocabulary.TryGetValue(token, out id) ? id : null;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Decode(int tokenId) => (uint)tokenId < (uint)bytes.Length ? bytes[tokenId] : [];

    /// <summary>The text of tokens; special tokens give none, incomplete characters U+FFFD.</summary>
    /// <param name="tokenIds">Any tokens.</param>
    public string Decode(ReadOnlySpan<int> tokenIds)
    {
        List<byte> text = [];
        foreach (int tokenId in tokenIds)
            text.AddRange(Decode(tokenId));
        return Encoding.UTF8.GetString([.. text]);
    }

    void EncodeOrdinary(string text, bool first, List<int> tokenIds)
    {
        if (text.Length == 0)
            return;
        foreach (string piece in preTokenizer.Split(normalizer.Apply(text), first))
            if (byteFallback)
                EncodeWithFallback(piece, tokenIds);
            else
                EncodePiece(piece, tokenIds);
    }

    /// <summary>Characters that the vocabulary lacks become byte tokens; no merge crosses them.</summary>
    void EncodeWithFallback(string piece, List<int> tokenIds)
    {
        int known = 0, at = 0;
        foreach (Rune rune in piece.EnumerateRunes())
        {
            string character = rune.ToString();
            if (!vocabulary.ContainsKey(character))
            {
                EncodePiece(piece[known..at], tokenIds);
                foreach (byte value in Encoding.UTF8.GetBytes(character))
                    tokenIds.Add(vocabulary[$"<0x{value:X2}>"]);
                known = at + character.Length;
            }
            at += rune.Utf16SequenceLength;
        }
        EncodePiece(piece[known..], tokenIds);
    }

    void EncodePiece(string piece, List<int> tokenIds)
    {
        if (piece.Length == 0)
            return;
        if (ignoreMerges && FindWhole(piece) is { } whole)
            tokenIds.Add(whole);
        else
            tokenIds.AddRange(bpe.EncodeToIds(piece, considerPreTokenization: false, considerNormalization: false));
    }

    /// <summary>The token that is the whole piece, if there is one.</summary>
    int? FindWhole(string piece) =>
        vocabulary.TryGetValue(preTokenizer.ByteLevel ? ByteAlphabet.Encode(piece) : piece, out int id) ? id : null;

    byte[] Spell(string token) =>
        preTokenizer.ByteLevel ? ByteAlphabet.Decode(token)
        : byteFallback && token is ['<', '0', 'x', _, _, '>'] && byte.TryParse(token.AsSpan(3, 2), NumberStyles.HexNumber, null, out byte value) ? [value]
        : Encoding.UTF8.GetBytes(token.Replace(Space, ' '));

    static string Merge(JsonElement merge) =>
        merge.ValueKind == JsonValueKind.Array ? $"{merge[0].GetString()} {merge[1].GetString()}" : merge.GetString()!;

    static JsonElement Optional(JsonElement json, string name) => json.TryGetProperty(name, out JsonElement value) ? value : default;

    static bool IsSet(JsonElement json, string name) => Optional(json, name).ValueKind == JsonValueKind.True;
}
