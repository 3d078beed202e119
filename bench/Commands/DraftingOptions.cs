using System.CommandLine;
using System.Globalization;
using Speculative.Bench.Comparing;
using Speculative.Bench.Machine;
using Speculative.Bench.Output;
using Speculative.Drafters;

namespace Speculative.Bench.Commands;

/// <summary>The options that say how drafters draft.</summary>
sealed class DraftingOptions
{
    const string Keep = "keep", Reset = "reset";

    /// <summary>Tokens in the cache while a pass is measured.</summary>
    const int ContextLength = 128;

    /// <summary>From so many layers on a last layer and a head product over the prompt cost less than its rows save.</summary>
    const int DeepLayers = 16;

    readonly Option<int> budget = NumberOption.CountOrAuto(
        "--budget", "The most nodes of a draft; 'auto', the default, measures what a pass costs and takes what pays best.");
    readonly Option<string> state = new("--state")
    {
        Description = "Whether requests share what a drafter learns ('keep', as published) or each begins empty ('reset').",
        DefaultValueFactory = _ => Keep,
    };

    readonly Option<string?> matrix = new("--matrix")
    {
        Description = "Token Recycling begins with what the file holds, if it is there, and writes back what it has learnt in the end.",
        HelpName = "FILE",
    };

    public DraftingOptions() => state.AcceptOneOf(Keep, Reset);

    /// <summary>Gives a command these options.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(budget);
        command.Options.Add(state);
        command.Options.Add(matrix);
    }

    /// <summary>What is said wrongly is said before a model is opened.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="names">The drafters that may run.</param>
    /// <param name="models">The targets; a matrix is that of one.</param>
    public void Check(ParseResult parsed, IReadOnlyList<string> names, int models = 1)
    {
        if (parsed.GetValue(matrix) is null)
            return;
        ResultDocument.CheckTarget(parsed.GetValue(matrix), matrix.Name);
        if (parsed.GetValue(state) == Reset)
            throw new BenchException($"{matrix.Name}: what is kept in a file is not reset: leave out --state {Reset}.");
        if (!names.Contains("token-recycling"))
            throw new BenchException($"{matrix.Name} is token-recycling's: {Contestant.Describe(names)} learns none, leave it out.");
        if (models > 1)
            throw new BenchException($"{matrix.Name}: what one model taught is not another's: give one --model.");
    }

    /// <summary>Writes back what Token Recycling has learnt.</summary>
    public void Save(ParseResult parsed, DrafterSettings settings)
    {
        if (parsed.GetValue(matrix) is { } file)
            settings.Matrix!.Save(file);
    }

    /// <summary>What drafters need to know. Measures the model's cost curve where the budget depends on it and says what follows.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="model">The target.</param>
    /// <param name="names">The drafters that will run.</param>
    /// <param name="terminal">Hears of the budget.</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    public DrafterSettings Settings(
        ParseResult parsed, ICausalModel model, IReadOnlyList<string> names, Terminal terminal, CancellationToken cancellationToken)
    {
        // A budget beyond what the engine checks in a pass means no limit: nothing is allocated for the rest.
        int? nodes = Budget(parsed) is { } most ? Math.Clamp(most, 1, Math.Max(1, model.MaxTreeNodes - 1)) : null;
        bool measures = nodes is null && names.Any(name => name != "plain");
        CostCurve? curve = measures ? CompilerWarmUp.Measure(model, ContextLength, cancellationToken) : null;
        if (curve is not null)
            terminal.WriteLine(Describe(curve));
        return new()
        {
            VocabularySize = model.VocabularySize,
            NodeBudget = nodes,
            CostCurve = curve,
            Memory = parsed.GetValue(state) == Reset ? DrafterMemory.ResetPerRequest : DrafterMemory.KeptAcrossRequests,
            Matrix = parsed.GetValue(matrix) is not { } file ? null
                : File.Exists(file) ? AdjacencyMatrix.Load(file, model.VocabularySize)
                : new(model.VocabularySize),
            PromptRows = model is not INestedModel { ExitLayers: [.., < DeepLayers] },
        };
    }

    /// <summary>The state policy and the budget in words.</summary>
    public string Describe(ParseResult parsed) =>
        $"state {parsed.GetValue(matrix) ?? parsed.GetValue(state)}, "
        + $"budget {Budget(parsed)?.ToString(CultureInfo.InvariantCulture) ?? "auto"}";

    static string Describe(CostCurve curve)
    {
        int nodes = NodeBudget.Choose(TreeTemplate.Published.Values[1..], curve);
        return $"Budget auto: Token Recycling drafts up to {nodes} tokens a step "
            + FormattableString.Invariant($"(a pass over {nodes + 1} rows costs {curve.Relative(nodes + 1):0.00} times one over 1 row).");
    }

    /// <summary>Null lets the cost curve decide.</summary>
    int? Budget(ParseResult parsed) => parsed.GetValue(budget) is > 0 and int nodes ? nodes : null;
}
