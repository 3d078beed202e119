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
    readonly Option<int?> threads = NumberOption.Threads();

    readonly Option<string?> precision = new("--precision")
    {
        Description = "The number format of the matrices: f32, bf16, int8 or int4; by default as they are stored.",
        HelpName = "FORMAT",
    };

    readonly Option<string> cacheFormat = new("--kv-cache")
    {
        Description = "The number format of the key/value cache: f32, bf16 or int8.",
        HelpName = "FORMAT",
        DefaultValueFactory = _ => "f32",
    };

    /// <summary>The matrices' formats as the command line spells them.</summary>
    public static readonly Dictionary<string, Precision> Precisions = new()
    {
        ["f32"] = Precision.F32,
        ["bf16"] = Precision.BF16,
        ["int8"] = Precision.Int8,
        ["int4"] = Precision.Int4,
    };

    /// <summary>The cache's formats as the command line spells them.</summary>
    public static readonly Dictionary<string, CacheFormat> CacheFormats = new()
    {
        ["f32"] = CacheFormat.F32,
        ["bf16"] = CacheFormat.BF16,
        ["int8"] = CacheFormat.Int8,
    };

    /// <summary>Creates the options.</summary>
    public EngineOptions()
    {
        precision.AcceptOneOf([.. Precisions.Keys]);
        cacheFormat.AcceptOneOf([.. CacheFormats.Keys]);
    }

    /// <summary>Gives a command these options.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(model);
        command.Options.Add(threads);
        command.Options.Add(precision);
        command.Options.Add(cacheFormat);
    }

    /// <summary>The option that names a folder.</summary>
    public Option Model => model;

    /// <summary>Worker threads.</summary>
    public int Threads(ParseResult parsed) => parsed.GetValue(threads) ?? Environment.ProcessorCount;

    /// <summary>Threads and number formats.</summary>
    public CpuModelOptions Options(ParseResult parsed) => new()
    {
        Threads = Threads(parsed),
        Precision = parsed.GetValue(precision) is { } name ? Precisions[name] : Precision.AsStored,
        CacheFormat = CacheFormats[parsed.GetValue(cacheFormat)!],
    };

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
    /// <exception cref="OperationCanceledException">The token was cancelled meanwhile.</exception>
    public LoadedModel Open(ParseResult parsed, CancellationToken cancellationToken) => Open(parsed, Folder(parsed), cancellationToken);

    /// <summary>Opens one of several models; the caller disposes it.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled meanwhile.</exception>
    public LoadedModel Open(ParseResult parsed, string folder, CancellationToken cancellationToken) =>
        Interruptible.Run(() => ModelSource.Open(folder, Options(parsed)), cancellationToken);
}
