namespace Speculative;

/// <summary>Where the rows of a pass begin and what becomes of them; all [rows][hidden stride].</summary>
/// <param name="before">The rows before the first layer; null to embed their tokens.</param>
/// <param name="after">Receives the rows after the last layer, to go on from; null for nobody.</param>
/// <param name="hidden">Receives the rows after the final norm, as the head wants them; null for nobody.</param>
readonly unsafe ref struct RowStates(float* before, float* after, float* hidden)
{
    public float* Before { get; } = before;

    public float* After { get; } = after;

    public float* Hidden { get; } = hidden;
}
