namespace Speculative.Bench;

/// <summary>The one place that puts a model together from a folder: weights, engine, tokenizer, chat template.</summary>
static class ModelSource
{
    /// <summary>Opens a folder with all that belongs to the model.</summary>
    public static LoadedModel Open(string folder, int threads) => throw new BenchException($"{folder} {threads}");

    /// <summary>The weights of a folder.</summary>
    public static IWeightSource OpenWeights(string folder) => throw new BenchException(folder);

    /// <summary>Random weights of a named shape.</summary>
    public static IWeightSource CreateRandomWeights(string shape) => throw new BenchException(shape);

    /// <summary>The CPU engine on these weights.</summary>
    public static ICausalModel CreateModel(IWeightSource weights, int threads) => throw new BenchException($"{weights} {threads}");

    /// <summary>What tables call a folder.</summary>
    public static string FolderName(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
}
