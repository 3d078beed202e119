using Speculative.Bench.Engines;

namespace Speculative.Bench;

/// <summary>The one place that puts a model together from a folder or a GGUF file: weights, engine, tokenizer, chat template.</summary>
static class ModelSource
{
    /// <summary>The embedded target's folder, beside the program.</summary>
    public static string EmbeddedFolder => Embedded("target");

    /// <summary>The folder of the embedded sorted draft model, which drafts for both embedded targets.</summary>
    public static string EmbeddedDraft => Embedded("draft-sorted");

    /// <summary>Opens a model folder or a GGUF file with all that belongs to the model.</summary>
    /// <param name="path">The folder or file.</param>
    /// <param name="engine">What computes.</param>
    /// <param name="identityLayers">Layers to add that change nothing.</param>
    public static LoadedModel Open(string path, ModelEngine engine, int identityLayers = 0)
    {
        IWeightSource weights = OpenWeights(path);
        try
        {
            // What is read of the weights is read before the engine takes them: it may dispose them.
            ModelConfig config = weights.Config;
            GgufFile? file = weights as GgufFile;
            Tokenizer tokenizer = file is null ? Tokenizer.Load(path) : Tokenizer.Load(file);
            Func<ChatTemplate> template = FindTemplate(path, file);
            int tokens = tokenizer.VocabularySize, vocabulary = config.VocabularySize;
            if (tokens > vocabulary)
                throw new ModelFormatException($"{path}: the tokenizer has {tokens} tokens, the model {vocabulary}; expected no more.");
            int? begin = BeginToken.Find(path, file, config, tokenizer);
            weights = Deepen(weights, identityLayers);
            return new(Name(path, identityLayers), engine.Create(weights).Model, Encode, tokenizer, config.EndTokenIds)
            {
                BeginTokenId = begin,
                EncodeText = tokenizer.EncodeOrdinary,
            };

            int[] Encode(IReadOnlyList<string> turns) => tokenizer.Encode(template().Apply(Messages(turns)));
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>The weights of a model folder or a GGUF file, with layers added that change nothing.</summary>
    public static IWeightSource OpenWeights(string path, int identityLayers = 0) =>
        Deepen(FindGguf(path) is { } file ? GgufFile.Open(file) : ModelFolder.Open(path), identityLayers);

    /// <summary>Random weights of a named shape in a number format.</summary>
    /// <exception cref="ArgumentException">The name is unknown; the message lists those there are.</exception>
    public static IWeightSource CreateRandomWeights(string shape, ElementType type = ElementType.BF16) =>
        new RandomWeights(RandomWeights.NamedShape(shape), type);

    /// <summary>What tables call a folder or a file.</summary>
    public static string Name(string path) => File.Exists(path)
        ? Path.GetFileNameWithoutExtension(path) : Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));

    /// <summary>The same of a model to which layers were added.</summary>
    public static string Name(string path, int identityLayers) =>
        Name(path) + (identityLayers > 0 ? $" with {identityLayers} identity layers" : "");

    static IWeightSource Deepen(IWeightSource weights, int identityLayers) =>
        identityLayers > 0 ? new IdentityLayers(weights, identityLayers) : weights;

    /// <summary>What is wrong with a template is said where a conversation is encoded: plain text needs none.</summary>
    static Func<ChatTemplate> FindTemplate(string path, GgufFile? file)
    {
        try
        {
            ChatTemplate template = file is null ? ChatTemplate.Load(path) : ChatTemplate.Load(file);
            return () => template;
        }
        catch (ModelFormatException fault)
        {
            return () => throw fault;
        }
    }

    static ChatMessage[] Messages(IReadOnlyList<string> turns) =>
        [.. turns.Select((turn, i) => new ChatMessage(i % 2 == 0 ? ChatRole.User : ChatRole.Assistant, turn))];

    /// <summary>A file, or the only .gguf of a folder without a config.json.</summary>
    static string? FindGguf(string path)
    {
        if (File.Exists(path))
            return path;
        if (!Directory.Exists(path) || File.Exists(Path.Combine(path, "config.json")))
            return null;
        string[] files = Directory.GetFiles(path, "*.gguf");
        return files.Length < 2 ? files.FirstOrDefault()
            : throw new BenchException($"The folder '{path}' holds {files.Length} .gguf files: give one of them.");
    }

    static string Embedded(string name) => Path.Combine(AppContext.BaseDirectory, "models", name);
}
