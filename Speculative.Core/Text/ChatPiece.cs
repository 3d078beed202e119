namespace Speculative;

/// <summary>A part of a conversation's text.</summary>
/// <param name="Text">The part.</param>
/// <param name="IsSaid">Somebody's words; else the template's own text, in which special tokens count.</param>
readonly record struct ChatPiece(string Text, bool IsSaid);
