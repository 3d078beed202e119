using System.CommandLine;
using Speculative.Bench.Output;

namespace Speculative.Bench.Commands;

/// <summary>Packs a model folder's weights ahead, so that opening it neither reads nor copies them.</summary>
sealed class QuantizeCommand(Terminal terminal)
{
    readonly Option<string?> model = new("--model")
    {
        Description = "A Hugging Face model folder; by default the embedded model.",
        HelpName = "FOLDER",
    };
    readonly Option<string> output = new("--output")
    {
        Description = "The model folder to write; it serves as --model of every command.",
        HelpName = "DIR",
        Required = true,
    };
    readonly Option<string> precision = new("--precision")
    {
        Description = "The number format of the matrices: f32, bf16, int8 or int4.",
        HelpName = "FORMAT",
        Required = true,
    };

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        QuantizeCommand quantize = new(terminal);
        quantize.precision.AcceptOneOf([.. EngineOptions.Precisions.Keys]);
        const string description =
            "Writes a model folder whose weights are packed ahead for the CPU engine: the same output, opened at once.";
        Command command = new("quantize", description)
        {
            quantize.model,
            quantize.output,
            quantize.precision,
        };
        command.SetAction((parsed, cancellationToken) => Task.FromResult(quantize.Run(parsed, cancellationToken)));
        return command;
    }

    int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        string folder = parsed.GetValue(model) ?? ModelSource.EmbeddedFolder, format = parsed.GetValue(precision)!;
        if (!Directory.Exists(folder))
            throw new BenchException($"The model folder '{folder}' does not exist.");
        using ModelFolder source = ModelFolder.Open(folder);
        string file = PackedWeights.Write(source, EngineOptions.Precisions[format], parsed.GetValue(output)!, cancellationToken);
        double megabytes = new FileInfo(file).Length / 1e6;
        terminal.WriteLine(FormattableString.Invariant($"{file}: {ModelSource.Name(folder)} in {format}, {megabytes:0.0} MB"));
        return ExitCode.Success;
    }
}
