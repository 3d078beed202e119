using System.CommandLine;
using Speculative.Bench.Engines;

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
        Description = "The number format of the matrices: f32, bf16, int8 or int4, on a GPU int8 or int4; "
            + "stored: as they are, where they are; by default as they are stored, copied into the order in which they are read "
            + "where that takes less than 4 GiB.",
        HelpName = "FORMAT",
    };

    readonly Option<string> engine = new("--engine")
    {
        Description = "What computes: cpu or gpu.",
        DefaultValueFactory = _ => "cpu",
    };
    readonly Option<string?> device = new("--device")
    {
        Description = $"The GPU by index or a part of its name, or '{GpuDevice.EmulationName}'; by default the first.",
        HelpName = "NAME|INDEX",
    };
    readonly Option<string?> cache = new("--kv-cache")
    {
        Description = "The number format of the key/value cache: f32 (default), bf16 or int8 on the CPU, "
            + "f32, f16 or bf16 (default) on a GPU.",
        HelpName = "FORMAT",
    };

    readonly Option<bool> launchEach = new("--launch-each")
    {
        Description = "On a GPU, launches each kernel of a pass by itself: by default passes that are met again run from a record.",
    };

    readonly Option<int?> identityLayers = NumberOption.Count(
        "--identity-layers", "Adds so many layers that change nothing: the model's own answers at the cost of a larger model.", 1);

    const string Stored = "stored";

    /// <summary>The matrices' formats as the command line spells them.</summary>
    public static readonly Dictionary<string, Precision> Precisions = new()
    {
        ["f32"] = Precision.F32,
        ["bf16"] = Precision.BF16,
        ["int8"] = Precision.Int8,
        ["int4"] = Precision.Int4,
    };

    /// <summary>The formats of the CPU engine's cache as the command line spells them.</summary>
    public static readonly Dictionary<string, CacheFormat> CpuCaches = new()
    {
        ["f32"] = CacheFormat.F32,
        ["bf16"] = CacheFormat.BF16,
        ["int8"] = CacheFormat.Int8,
    };

    /// <summary>Those of the GPU engine's cache.</summary>
    static readonly Dictionary<string, ElementType> GpuCaches = new()
    {
        ["f32"] = ElementType.F32,
        ["f16"] = ElementType.F16,
        ["bf16"] = ElementType.BF16,
    };

    /// <summary>Creates the options.</summary>
    public EngineOptions()
    {
        precision.AcceptOneOf([.. Precisions.Keys, Stored]);
        engine.AcceptOneOf("cpu", "gpu");
        cache.AcceptOneOf([.. CpuCaches.Keys.Union(GpuCaches.Keys)]);
    }

    /// <summary>Gives a command these options.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(model);
        command.Options.Add(threads);
        command.Options.Add(precision);
        AddEngineTo(command);
        command.Options.Add(cache);
        command.Options.Add(identityLayers);
        command.Options.Add(launchEach);
    }

    /// <summary>Gives a command only the options that choose the engine and its device.</summary>
    public void AddEngineTo(Command command)
    {
        command.Options.Add(engine);
        command.Options.Add(device);
    }

    /// <summary>The option that names a folder.</summary>
    public Option Model => model;

    /// <summary>How many layers are to be added to the model.</summary>
    public int IdentityLayers(ParseResult parsed) => parsed.GetValue(identityLayers) ?? 0;

    /// <summary>Opens a model, with the layers that are to be added, on an opened engine.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public LoadedModel OpenModel(ParseResult parsed, string folder, ModelEngine opened, CancellationToken cancellationToken) =>
        Interruptible.Run(() => ModelSource.Open(folder, opened, IdentityLayers(parsed)), cancellationToken);

    /// <summary>Whether the GPU engine is asked for.</summary>
    public bool IsGpu(ParseResult parsed) => parsed.GetValue(engine) == "gpu";

    /// <summary>Refuses the options of the engine that is not asked for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="threads">The command's own option of the CPU engine's threads.</param>
    /// <exception cref="BenchException">It is given.</exception>
    public void RefuseOthers(ParseResult parsed, Option threads)
    {
        foreach (Option other in (Option[])(IsGpu(parsed) ? [threads] : [device, launchEach]))
            if (parsed.GetResult(other) is { Implicit: false })
                throw new BenchException($"{other.Name} means nothing to the {parsed.GetValue(engine)} engine: leave it out.");
    }

    /// <summary>Opens the GPU so that single kernels can be timed on it; the caller disposes it.</summary>
    /// <exception cref="GpuDeviceNotFoundException">There is none, or not that one.</exception>
    public GpuContext OpenTimedDevice(ParseResult parsed) => GpuContext.OpenTimed(parsed.GetValue(device));

    /// <summary>Opens the engine; the caller disposes it after the models.</summary>
    /// <exception cref="BenchException">An option has no meaning for the engine.</exception>
    /// <exception cref="GpuDeviceNotFoundException">There is no GPU, or not that one.</exception>
    public ModelEngine OpenEngine(ParseResult parsed)
    {
        RefuseOthers(parsed, threads);
        if (!IsGpu(parsed))
            return new CpuEngine(Options(parsed), AskedPrecision(parsed));
        GpuModelOptions options = new()
        {
            CacheFormat = Cache(parsed, GpuCaches, "bf16"),
            Precision = (AskedPrecision(parsed) ?? Precision.AsStored) switch
            {
                var asked and (Precision.AsStored or Precision.Int8 or Precision.Int4) => asked,
                _ => throw new BenchException(
                    $"--precision: expected int8, int4 or stored on this engine, found '{parsed.GetValue(precision)}'."),
            },
            MaxTreeNodes = GpuModelOptions.LargestTree,
            RecordsPasses = !parsed.GetValue(launchEach),
        };
        return new GpuEngine(GpuContext.Open(parsed.GetValue(device)), options);
    }

    /// <summary>Threads and the cache's format of the CPU engine.</summary>
    CpuModelOptions Options(ParseResult parsed) => new()
    {
        Threads = parsed.GetValue(threads) ?? 0,
        CacheFormat = Cache(parsed, CpuCaches, "f32"),
    };

    /// <summary>The matrices' format that is asked for; null for none.</summary>
    Precision? AskedPrecision(ParseResult parsed) => parsed.GetValue(precision) switch
    {
        null => null,
        Stored => Precision.AsStored,
        var name => Precisions[name],
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

    TFormat Cache<TFormat>(ParseResult parsed, Dictionary<string, TFormat> formats, string usual)
    {
        string name = parsed.GetValue(cache) ?? usual;
        return formats.TryGetValue(name, out TFormat? format) ? format
            : throw new BenchException($"--kv-cache: expected {string.Join(", ", formats.Keys)} on this engine, found '{name}'.");
    }
}
