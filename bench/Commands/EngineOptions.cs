using System.CommandLine;
using Speculative.Bench.Engines;

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

    readonly Option<string?> precision = new("--precision")
    {
        Description = "The number format of the matrices: f32, bf16, int8 or int4; by default as they are stored.",
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
    readonly Option<string> cache = new("--cache")
    {
        Description = "The number format of the GPU engine's key/value cache: f32, f16 or bf16.",
        DefaultValueFactory = _ => "bf16",
    };

    /// <summary>The formats of a cache as the command line spells them.</summary>
    static readonly Dictionary<string, ElementType> CacheFormats = new()
    {
        ["f32"] = ElementType.F32,
        ["f16"] = ElementType.F16,
        ["bf16"] = ElementType.BF16,
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
    public EngineOptions()
    {
        precision.AcceptOnlyFromAmong([.. Precisions.Keys]);
        engine.AcceptOnlyFromAmong("cpu", "gpu");
        cache.AcceptOnlyFromAmong([.. CacheFormats.Keys]);
    }

    /// <summary>Gives a command these options.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(model);
        command.Options.Add(threads);
        command.Options.Add(precision);
        AddEngineTo(command);
        command.Options.Add(cache);
    }

    /// <summary>Gives a command only the options that choose the engine and its device.</summary>
    public void AddEngineTo(Command command)
    {
        command.Options.Add(engine);
        command.Options.Add(device);
    }

    /// <summary>The option that names a folder.</summary>
    public Option Model => model;

    /// <summary>Whether the GPU engine is asked for.</summary>
    public bool IsGpu(ParseResult parsed) => parsed.GetValue(engine) == "gpu";

    /// <summary>Opens the GPU; the caller disposes it.</summary>
    /// <exception cref="GpuDeviceNotFoundException">There is none, or not that one.</exception>
    public GpuContext OpenDevice(ParseResult parsed) => GpuContext.Open(parsed.GetValue(device));

    /// <summary>Opens the engine; the caller disposes it after the models.</summary>
    /// <exception cref="BenchException">An option has no meaning for the engine.</exception>
    /// <exception cref="GpuDeviceNotFoundException">There is no GPU, or not that one.</exception>
    public ModelEngine OpenEngine(ParseResult parsed)
    {
        Option[] others = IsGpu(parsed) ? [threads, precision] : [device, cache];
        if (others.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } other)
            throw new BenchException($"{other.Name} means nothing to the {parsed.GetValue(engine)} engine: leave it out.");
        return IsGpu(parsed)
            ? new GpuEngine(OpenDevice(parsed), new() { CacheFormat = CacheFormats[parsed.GetValue(cache)!] })
            : new CpuEngine(new() { Threads = parsed.GetValue(threads) ?? 0, Precision = ChosenPrecision(parsed) });
    }

    Precision ChosenPrecision(ParseResult parsed) =>
        parsed.GetValue(precision) is { } name ? Precisions[name] : Precision.AsStored;

    /// <summary>The model's folder, or its GGUF file.</summary>
    /// <exception cref="BenchException">There is neither.</exception>
    public string Folder(ParseResult parsed)
    {
        string folder = parsed.GetValue(model) ?? ModelSource.EmbeddedFolder;
        return Directory.Exists(folder) || File.Exists(folder) ? folder
            : throw new BenchException($"The model folder '{folder}' does not exist.");
    }
}
