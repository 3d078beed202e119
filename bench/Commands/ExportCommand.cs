using System.CommandLine;
using Speculative.Bench.Exporting;
using Speculative.Bench.Output;

namespace Speculative.Bench.Commands;

/// <summary>Writes a model folder as a GGUF file, so that other programs can run the same weights.</summary>
sealed class ExportCommand(Terminal terminal)
{
    static readonly ElementType[] types = [ElementType.F32, ElementType.F16, ElementType.BF16, ElementType.Q8_0, ElementType.Q4_0];

    readonly Option<string?> model = new("--model")
    {
        Description = "A Hugging Face model folder; by default the embedded model.",
        HelpName = "FOLDER",
    };
    readonly Option<string?> randomWeights = new("--random-weights")
    {
        Description = $"Writes random weights instead, without a tokenizer: {string.Join(", ", RandomWeights.ShapeNames)}.",
        HelpName = "SHAPE",
    };
    readonly Option<string> output = new("--output")
    {
        Description = "The file to write.",
        HelpName = "FILE.gguf",
        Required = true,
    };
    readonly Option<string> type = new("--type")
    {
        Description = $"The matrices' number format: {string.Join(", ", types.Select(Name))}.",
        HelpName = "TYPE",
        DefaultValueFactory = _ => "bf16",
    };

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        ExportCommand export = new(terminal);
        Command command = new("export", "Writes a model folder as a GGUF file, so that other programs can run the same weights.")
        {
            export.model,
            export.randomWeights,
            export.output,
            export.type,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(export.model) is not null && result.GetResult(export.randomWeights) is not null)
                result.AddError("--model and --random-weights exclude each other: give one of them.");
        });
        command.SetAction((parsed, cancellationToken) => Task.FromResult(export.Run(parsed, cancellationToken)));
        return command;
    }

    int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        string wanted = parsed.GetValue(type)!, file = Path.GetFullPath(parsed.GetValue(output)!);
        if (types.Where(known => Name(known) == wanted).ToArray() is not [var format])
            throw new BenchException($"--type: expected one of {string.Join(", ", types.Select(Name))}, found '{wanted}'.");
        if (!Directory.Exists(Path.GetDirectoryName(file)))
            throw new BenchException($"--output: the folder '{Path.GetDirectoryName(file)}' does not exist.");
        if (Directory.Exists(file))
            throw new BenchException($"--output: '{file}' is a folder, expected a file.");
        if (parsed.GetValue(randomWeights) is { } shape)
            Write(ModelSource.CreateRandomWeights(shape), null, shape, format, file, cancellationToken);
        else
        {
            string folder = parsed.GetValue(model) ?? ModelSource.EmbeddedFolder;
            if (!Directory.Exists(folder))
                throw new BenchException($"The model folder '{folder}' does not exist.");
            bool hasTokenizer = File.Exists(Path.Combine(folder, "tokenizer.json"));
            if (hasTokenizer)
                _ = Tokenizer.Load(folder); // what is wrong with it is said before anything is written
            Write(ModelFolder.Open(folder), hasTokenizer ? folder : null, ModelSource.Name(folder), format, file, cancellationToken);
        }
        return ExitCode.Success;
    }

    void Write(
        IWeightSource source, string? folder, string name, ElementType format, string file, CancellationToken cancellationToken)
    {
        using (source)
            GgufExport.Write(source, folder, name, format, file, cancellationToken);
        terminal.WriteLine(FormattableString.Invariant($"{file}: {name} in {Name(format)}, {new FileInfo(file).Length / 1e6:0.0} MB")
            + (folder is null ? ", without a tokenizer" : ""));
    }

    static string Name(ElementType type) => type.ToString().ToLowerInvariant();
}
