using System.CommandLine;

namespace Speculative.Bench.Commands;

/// <summary>The options that say which model runs and how.</summary>
sealed class EngineOptions
{
    readonly Option<string[]> model = new("--model")
    {
        Description = "A Hugging Face model folder or a GGUF file; by default the embedded model.",
        HelpName = "PATH",
    };
    readonly Option<int?> threads = NumberOption.Count("--threads", "Worker threads; by default one a core.", 1);

    readonly Option<string?> precision = new("--precision")
    {
        Description = "The number format of the matrices: f32, bf16, int8 or int4; by default as they are stored.",
        HelpName = "FORMAT",
    };

    /// <summary>The formats as the command line spells them.</summary>
    public static readonly Dictionary<string, Precision> Precisions = new()
    {
        ["f32"] = Precision.F32,
        ["bf16"] = Precision.BF16,
        ["int8"] = Precision.Int8,
        ["int4"] = Precision.Int4,
    };

    /// <summary>Creates the options.</summary>
    public EngineOptions() => precision.AcceptOnlyFromAmong([.. Precisions.Keys]);

    /// <summary>Gives a command these options.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(model);
        command.Options.Add(threads);
        command.Options.Add(precision);
    }

    /// <summary>The option that names a folder.</summary>
    public Option Model => model;

    /// <summary>Worker threads.</summary>
    public int Threads(ParseResult parsed) => parsed.GetValue(threads) ?? Environment.ProcessorCount;

    /// <summary>Threads and precision.</summary>
    public CpuModelOptions Options(ParseResult parsed) => new() { Threads = Threads(parsed), Precision = ChosenPrecision(parsed) };

    Precision ChosenPrecision(ParseResult parsed) =>
        parsed.GetValue(precision) is { } name ? Precisions[name] : Precision.AsStored;

    /// <summary>The model's folder, or its GGUF file, of a command that takes one model.</summary>
    /// <exception cref="BenchException">There is neither, or there are several.</exception>
    public string Folder(ParseResult parsed) => Folders(parsed) is [var folder] ? folder
        : throw new BenchException($"--model: expected one model, found {Folders(parsed).Count}.");

    /// <summary>The folders or files of a command that takes several models, in order.</summary>
    /// <exception cref="BenchException">One of them does not exist, or two would have the same name in tables.</exception>
    public IReadOnlyList<string> Folders(ParseResult parsed)
    {
        IReadOnlyList<string> folders = parsed.GetValue(model) is { Length: > 0 } given ? given : [ModelSource.EmbeddedFolder];
        if (folders.FirstOrDefault(folder => !Directory.Exists(folder) && !File.Exists(folder)) is { } missing)
            throw new BenchException($"The model folder '{missing}' does not exist.");
        return folders.CountBy(ModelSource.Name).FirstOrDefault(name => name.Value > 1).Key is { } name
            ? throw new BenchException($"--model: two models are named '{name}': expected each once.")
            : folders;
    }

    /// <summary>Opens the model with its tokenizer and chat template; the caller disposes it.</summary>
    public LoadedModel Open(ParseResult parsed) => Open(parsed, Folder(parsed));

    /// <summary>Opens one of several models; the caller disposes it.</summary>
    public LoadedModel Open(ParseResult parsed, string folder) => ModelSource.Open(folder, Options(parsed));
}
