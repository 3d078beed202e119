using System.Text.Json;

namespace Speculative.Bench.DraftCalibrations;

/// <summary>What <c>calibrate-draft</c> measured of one draft model, for each of its targets; serialised as a file.</summary>
/// <param name="Draft">The draft model's name.</param>
/// <param name="ExitLayers">Its exits; one for an ordinary model.</param>
/// <param name="DraftLayers">The exit at which it drafted.</param>
/// <param name="Temperature">The targets' temperature; 0 for greedy ones.</param>
/// <param name="DraftLength">The length of the chains that the thresholds are best for.</param>
/// <param name="Questions">Questions measured.</param>
/// <param name="Targets">A part for each target.</param>
sealed record DraftCalibration(
    string Draft, IReadOnlyList<int> ExitLayers, int DraftLayers, double Temperature, int DraftLength, int Questions,
    IReadOnlyList<TargetCalibration> Targets)
{
    static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        WriteIndented = true,
        NewLine = "\n",
    };

    /// <summary>The exits of a model as files name them.</summary>
    public static IReadOnlyList<int> ExitsOf(ICausalModel model) => model is INestedModel nested ? nested.ExitLayers : [1];

    /// <summary>Reads a file.</summary>
    /// <exception cref="BenchException">It does not exist, or is not what <c>calibrate-draft</c> writes.</exception>
    public static DraftCalibration Read(string path)
    {
        if (!File.Exists(path))
            throw new BenchException($"--draft-calibration: the file '{path}' does not exist; 'calibrate-draft' writes one.");
        try
        {
            DraftCalibration read = JsonSerializer.Deserialize<DraftCalibration>(File.ReadAllText(path), Format)
                ?? throw new JsonException("found null");
            return read.Fault() is { } fault ? throw new JsonException(fault) : read;
        }
        catch (JsonException exception)
        {
            throw new BenchException($"{path} is not a draft calibration: {exception.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>The file's text.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Format) + "\n";

    /// <summary>In words.</summary>
    public string Describe() =>
        FormattableString.Invariant($"{Draft} at temperature {Temperature}, {Questions} questions, chains of {DraftLength}");

    /// <summary>
    /// What to say where targets choose at another temperature than that of the measurement: the output keeps its distribution, so that is
    /// no fault, but what was measured need not hold. Null where it is the same.
    /// </summary>
    /// <param name="temperature">0 for greedy targets.</param>
    public string? CautionAt(double temperature) => temperature == Temperature ? null
        : FormattableString.Invariant($"That was measured at temperature {Temperature}, this run has {temperature}: ")
            + "drafts may be worse than they could be, the output is not; measure again.";

    /// <summary>The part for a target.</summary>
    /// <param name="target">The target's name.</param>
    /// <param name="draft">The model that drafts.</param>
    /// <param name="layers">The exit at which it drafts.</param>
    /// <exception cref="BenchException">
    /// The file knows no such target, or was made with another draft model or other layers of it.
    /// </exception>
    public TargetCalibration Of(string target, LoadedModel draft, int layers)
    {
        IReadOnlyList<int> exits = ExitsOf(draft.Model);
        if (draft.Name != Draft || !exits.SequenceEqual(ExitLayers))
            throw new BenchException($"--draft-calibration: measured with '{Draft}' and exits {string.Join(", ", ExitLayers)}, "
                + $"but '{draft.Name}' with exits {string.Join(", ", exits)} drafts: measure again.");
        if (layers != DraftLayers)
            throw new BenchException($"--draft-calibration: measured with {DraftLayers} layers of '{Draft}', but {layers} draft: measure "
                + $"again, or give --draft-layers {DraftLayers}.");
        return Targets.FirstOrDefault(part => part.Target == target)
            ?? throw new BenchException(
                $"--draft-calibration: expected the target '{target}', found {string.Join(", ", Targets.Select(part => part.Target))}.");
    }

    /// <summary>What is wrong with the numbers; null if nothing is.</summary>
    string? Fault()
    {
        if (ExitLayers.Count == 0 || DraftLength < 1 || Targets.Count == 0)
            return "expected at least one exit, one drafted token and one target";
        foreach (TargetCalibration part in Targets)
            if (part.RankAcceptance.Count == 0 || !part.RankAcceptance.All(IsShare) || part.RankAcceptance.Sum() > 1 + 1e-9)
                return $"{part.Target}: expected in 'rankAcceptance' probabilities with a sum up to 1";
            else if (part.ShareAcceptance.Count != 30 || !part.ShareAcceptance.All(IsShare))
                return $"{part.Target}: expected in 'shareAcceptance' 30 probabilities";
            else if (part.Thresholds.Count != ExitLayers.Count - 1 || !part.Thresholds.All(IsShare))
                return $"{part.Target}: expected in 'thresholds' {ExitLayers.Count - 1} numbers from 0 to 1, "
                    + "one for each exit but the last";
        return Targets.CountBy(part => part.Target).Any(name => name.Value > 1) ? "expected each target once" : null;
    }

    static bool IsShare(double number) => number is >= 0 and <= 1;
}
