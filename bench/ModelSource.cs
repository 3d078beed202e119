namespace Speculative.Bench;

/// <summary>The one place that puts a model together from a folder: weights, engine, tokenizer, chat template.</summary>
static class ModelSource
{
    /// <summary>Opens a folder with all that belongs to the model.</summary>
    public static LoadedModel Open(string folder, int threads)
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
            return new(FolderName(folder), CreateModel(weights, threads), Encode, tokenizer, weights.Config.EndTokenIds);
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

    /// <summary>Random weights of a named shape.</summary>
    /// <exception cref="ArgumentException">The name is unknown; the message lists those there are.</exception>
    public static IWeightSource CreateRandomWeights(string shape) => new RandomWeights(RandomWeights.NamedShape(shape));

    /// <summary>The CPU engine on these weights, which it disposes.</summary>
    public static ICausalModel CreateModel(IWeightSource weights, int threads) => new CpuModel(weights, new() { Threads = threads });

    static ChatMessage[] Messages(IReadOnlyList<string> turns) =>
        [.. turns.Select((turn, i) => new ChatMessage(i % 2 == 0 ? ChatRole.User : ChatRole.Assistant, turn))];

    /// <summary>What tables call a folder.</summary>
    public static string FolderName(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
}
