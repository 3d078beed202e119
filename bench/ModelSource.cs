namespace Speculative.Bench;

/// <summary>The one place that puts a model together from a folder: weights, engine, tokenizer, chat template.</summary>
static class ModelSource
{
    /// <summary>Opens a folder with all that belongs to the model.</summary>
    public static LoadedModel Open(string folder, CpuModelOptions options)
    {
        Tokenizer tokenizer = Tokenizer.Load(folder);
        ChatTemplate template = ChatTemplate.Load(folder);
        ModelFolder weights = ModelFolder.Open(folder);
        int tokens = tokenizer.VocabularySize, vocabulary = weights.Config.VocabularySize;
        try
        {
            if (tokens > vocabulary)
                throw new ModelFormatException(
                    $"{folder}: tokenizer.json has {tokens} tokens, config.json a vocabulary of {vocabulary}; expected no more.");
            return new(FolderName(folder), CreateModel(weights, options), Encode, tokenizer, weights.Config.EndTokenIds);
        }
        catch
        {
            weights.Dispose();
            throw;
        }

        int[] Encode(IReadOnlyList<string> turns) => tokenizer.Encode(template.Apply(Messages(turns)));
    }

    /// <summary>The weights of a folder.</summary>
    public static IWeightSource OpenWeights(string folder) => ModelFolder.Open(folder);

    /// <summary>Random weights of a named shape in a number format.</summary>
    /// <exception cref="ArgumentException">The name is unknown; the message lists those there are.</exception>
    public static IWeightSource CreateRandomWeights(string shape, ElementType type) => new RandomWeights(RandomWeights.NamedShape(shape), type);

    /// <summary>The CPU engine on these weights, which it disposes.</summary>
    public static CpuModel CreateModel(IWeightSource weights, CpuModelOptions options) => new(weights, options);

    static ChatMessage[] Messages(IReadOnlyList<string> turns) =>
        [.. turns.Select((turn, i) => new ChatMessage(i % 2 == 0 ? ChatRole.User : ChatRole.Assistant, turn))];

    /// <summary>What tables call a folder.</summary>
    public static string FolderName(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
}
