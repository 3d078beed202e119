namespace Speculative.Bench;

/// <summary>The one place that puts a model together from a folder: weights, engine, tokenizer, chat template.</summary>
static class ModelSource
{
    /// <summary>Opens a folder with all that belongs to the model.</summary>
    /// <exception cref="ModelFormatException">A file of the folder is missing or cannot be used.</exception>
    public static LoadedModel Open(string folder, int threads)
    {
        Tokenizer tokenizer = Tokenizer.Load(folder);
        ChatTemplate template = ChatTemplate.Load(folder);
        ModelFolder weights = ModelFolder.Open(folder);
        if (tokenizer.VocabularySize > weights.Config.VocabularySize)
        {
            weights.Dispose();
            throw new ModelFormatException(
                $"{folder}: expected at most the {weights.Config.VocabularySize} tokens of config.json, found {tokenizer.VocabularySize} in tokenizer.json.");
        }
        ICausalModel model = CreateModel(weights, threads);
        return new(FolderName(folder), model, Encode, tokenizer, weights.Config.EndTokenIds);

        int[] Encode(IReadOnlyList<string> turns) => tokenizer.Encode(template.Apply(Messages(turns)));
    }

    /// <summary>The weights of a folder.</summary>
    public static IWeightSource OpenWeights(string folder) => ModelFolder.Open(folder);

    /// <summary>Random weights of a named shape.</summary>
    /// <exception cref="ArgumentException">The name is unknown; the message lists those there are.</exception>
    public static IWeightSource CreateRandomWeights(string shape) => new RandomWeights(RandomWeights.NamedShape(shape));

    /// <summary>The CPU engine on these weights, which it disposes.</summary>
    public static ICausalModel CreateModel(IWeightSource weights, int threads) => new CpuModel(weights, new() { Threads = threads });

    /// <summary>What tables call a folder.</summary>
    public static string FolderName(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    static ChatMessage[] Messages(IReadOnlyList<string> turns) =>
        [.. turns.Select((text, turn) => new ChatMessage(turn % 2 == 0 ? ChatRole.User : ChatRole.Assistant, text))];
}
