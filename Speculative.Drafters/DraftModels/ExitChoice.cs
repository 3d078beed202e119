namespace Speculative.Drafters;

/// <summary>
/// Decides how deep a sorted model goes: the nodes of a pass stop at the first exit whose most confident row gives its best token more than
/// the exit's threshold. Asked before anything is drawn from these rows, so a drawn token cannot choose what it is drawn from: that would
/// bias the output.
/// </summary>
/// <param name="vocabularySize">The length of a row.</param>
/// <param name="thresholds">For each exit but the last; 0 always stops there, 1 skips the exit.</param>
sealed class ExitChoice(int vocabularySize, float[] thresholds)
{
    readonly RankedRow row = new(vocabularySize, 1);

    /// <summary>Evaluates the nodes added since the last pass.</summary>
    public IModelOutput Evaluate(DraftModelSequence draft)
    {
        int from = draft.FirstPending, end = draft.Count;
        for (int exit = 0; exit < draft.ExitCount - 1; exit++)
            if (thresholds[exit] < 1 && draft.Evaluate(exit) is var output && IsConfident(output, from, end, thresholds[exit]))
                return output;
        return draft.Evaluate(draft.ExitCount - 1);
    }

    /// <summary>Whether any node of a range gives its best token more than a threshold.</summary>
    bool IsConfident(IModelOutput output, int from, int end, float threshold)
    {
        for (int node = from; node < end && threshold > 0; node++)
        {
            row.Read(output, node, 1);
            if (row.Probabilities[0] > threshold)
                return true;
        }
        return threshold <= 0;
    }
}
