namespace Speculative.Bench;

/// <summary>What plain text begins with: conversations have it from their template.</summary>
static class BeginToken
{
    const long MaxBytes = 16 << 20;

    /// <summary>The begin token, where the model's tokenizer puts one before a text; else null, though the model may have one.</summary>
    /// <param name="path">The model folder, or what the file was found by.</param>
    /// <param name="file">The GGUF file; null for a folder.</param>
    /// <param name="config">The model's sizes.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <exception cref="ModelFormatException">What a file says of it is damaged.</exception>
    public static int? Find(string path, GgufFile? file, ModelConfig config, Tokenizer tokenizer) =>
        config.BeginTokenId is { } begin && (file is null ? IsAdded(path, tokenizer) : IsAdded(file.Metadata)) ? begin : null;

    /// <summary>A file that does not say means what llama.cpp takes it for.</summary>
    static bool IsAdded(GgufMetadata metadata) => metadata.Bool("tokenizer.ggml.add_bos_token",
        metadata.Text("tokenizer.ggml.model") == "llama"
        || metadata.Text("tokenizer.ggml.pre", "default") is "llama3" or "llama-v3" or "llama-bpe");

    /// <summary>The switch first, then the post-processor; of a folder with neither (the embedded models) the template tells.</summary>
    static bool IsAdded(string folder, Tokenizer tokenizer)
    {
        string settings = Path.Combine(folder, "tokenizer_config.json");
        JsonField added = File.Exists(settings) ? JsonField.Read(settings, MaxBytes)["add_bos_token"] : default;
        return added.IsNull ? tokenizer.BeginsTexts ?? TemplateHasOne(folder) : added.Bool(false);
    }

    static bool TemplateHasOne(string folder)
    {
        try
        {
            return ChatSource.Read(folder).Begin.Length > 0;
        }
        catch (ModelFormatException)
        {
            return false; // no template: what is wrong with it is said where a conversation is encoded
        }
    }
}
