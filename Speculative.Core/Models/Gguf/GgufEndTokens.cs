namespace Speculative;

/// <summary>
/// The tokens of a GGUF file that end an answer whatever its metadata name: llama.cpp knows them by their text, because files of chat
/// models often name the token that ends a text (<c>eos</c>) and not the one that ends a turn.
/// </summary>
static class GgufEndTokens
{
    const string TokensKey = "tokenizer.ggml.tokens", KindsKey = "tokenizer.ggml.token_type";

    /// <summary>Llama 3's, ChatML's, Phi's, Gemma's, GPT-2's, CodeLlama's, Kimi's, Granite's and DeepSeek's.</summary>
    static readonly HashSet<string> texts =
    [
        "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|im_end|>", "<|end|>", "<|endoftext|>", "<end_of_turn>", "<eos>", "</s>",
        "<EOT>", "_<EOT>", "[EOT]", "[EOS]", "<end_of_utterance>", "<｜end▁of▁sentence｜>",
    ];

    /// <summary>Their ids, ascending; words of ordinary text that look like them are none.</summary>
    public static IEnumerable<int> Find(GgufMetadata metadata)
    {
        if (!metadata.Has(TokensKey) || !metadata.Has(KindsKey))
            return [];
        return metadata.Texts(TokensKey).Zip(metadata.Numbers(KindsKey)).Index()
            .Where(token => texts.Contains(token.Item.First)
                && (GgufTokenKind)token.Item.Second is GgufTokenKind.Control or GgufTokenKind.UserDefined)
            .Select(token => token.Index);
    }
}
