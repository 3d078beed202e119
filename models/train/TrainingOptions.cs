namespace StarterTrain;

/// <summary>How a model is trained.</summary>
public sealed record TrainingOptions
{
    /// <summary>The time budget, counted from the very beginning of the run.</summary>
    public double Minutes { get; init; }

    /// <summary>The peak learning rate.</summary>
    public double Rate { get; init; }

    /// <summary>The last share of the time budget, over which the rate falls.</summary>
    public double Decay { get; init; }

    /// <summary>Positions a step.</summary>
    public int Positions { get; init; }

    /// <summary>A checkpoint to go on from.</summary>
    public string? Resume { get; init; }

    /// <summary>The folder of a model of half the width, or of fewer and narrower layers, to start from.</summary>
    public string? Grow { get; init; }

    /// <summary>The folder of a model of the same sizes to start from.</summary>
    public string? Start { get; init; }

    /// <summary>Replies whose repetitions are to be unlearnt, a batch of them beside each of the mix.</summary>
    public string? Avoid { get; init; }

    /// <summary>How many answers of its own the model writes every few steps to unlearn their repetitions; 0 for none.</summary>
    public int Unlearn { get; init; }

    /// <summary>The folder of a model whose distributions are to be learnt instead of the next tokens.</summary>
    public string? Teacher { get; init; }

    /// <summary>Files of replies, separated by commas, that are learnt along with the mix.</summary>
    public string? Answers { get; init; }

    /// <summary>How many documents of the mix are used, drawn at random but always the same; 0 for all.</summary>
    public int Documents { get; init; }
}
