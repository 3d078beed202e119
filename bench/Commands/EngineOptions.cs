using System.CommandLine;

namespace Speculative.Bench.Commands;

/// <summary>The options that say which model runs and how.</summary>
sealed class EngineOptions
{
    readonly Option<string?> model = new("--model")
    {
        Description = "A Hugging Face model folder; by default the embedded model.",
        HelpName = "FOLDER",
    };
    readonly Option<int?> threads = NumberOption.Count("--threads", "Worker threads; by default one a core.", 1);

    /// <summary>Gives a command these options.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(model);
        command.Options.Add(threads);
    }

    /// <summary>The option that names a folder.</summary>
    public Option Model => model;

    /// <summary>Worker threads.</summary>
    public int Threads(ParseResult parsed) => parsed.GetValue(threads) ?? Environment.ProcessorCount;

    /// <summary>The model's folder.</summary>
    /// <exception cref="BenchException">It does not exist.</exception>
    public string Folder(ParseResult parsed)
    {
        string folder = parsed.GetValue(model) ?? Path.Combine(AppContext.BaseDirectory, "models", "starter");
        return Directory.Exists(folder) ? folder : throw new BenchException($"The model folder '{folder}' does not exist.");
    }

    /// <summary>Opens the model with its tokenizer and chat template; the caller disposes it.</summary>
    public LoadedModel Open(ParseResult parsed) => ModelSource.Open(Folder(parsed), Threads(parsed));
}
