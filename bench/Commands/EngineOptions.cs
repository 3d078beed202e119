using System.CommandLine;

namespace Speculative.Bench.Commands;

/// <summary>The options that say which model runs and how.</summary>
sealed class EngineOptions
{
    readonly Option<string?> model = new("--model")
    {
        Description = "A Hugging Face model folder or a GGUF file; by default the embedded model.",
        HelpName = "PATH",
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

    /// <summary>The model's folder, or its GGUF file.</summary>
    /// <exception cref="BenchException">There is neither.</exception>
    public string Folder(ParseResult parsed)
    {
        string folder = parsed.GetValue(model) ?? ModelSource.EmbeddedFolder;
        return Directory.Exists(folder) || File.Exists(folder) ? folder
            : throw new BenchException($"The model folder '{folder}' does not exist.");
    }

    /// <summary>Opens the model with its tokenizer and chat template; the caller disposes it.</summary>
    public LoadedModel Open(ParseResult parsed) => ModelSource.Open(Folder(parsed), Threads(parsed));
}
