namespace Speculative.Drafters;

/// <summary>How far a tree grows.</summary>
/// <param name="Depth">The most levels.</param>
/// <param name="Width">The most nodes of a level that the draft model evaluates.</param>
/// <param name="Branching">The most continuations of an evaluated node.</param>
/// <param name="Kept">
/// The most nodes of a level that are kept: at least the width and at least the drafted nodes, and no tree of that size can miss
/// others.
/// </param>
sealed record LevelShape(int Depth, int Width, int Branching, int Kept)
{
    /// <summary>The most nodes at a time, root included: what is kept, and the newest level before it is cut.</summary>
    public int MaxGrown => 1 + Depth * Kept + Width * Branching;
}
