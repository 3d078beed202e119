namespace Speculative;

/// <summary>
/// A conversation as a chat model reads it. It remembers which parts are the template's own and which are somebody's words, so that a mark
/// such as <c>&lt;|end|&gt;</c> typed into a message stays ordinary text: see <see cref="Tokenizer.Encode(ChatPrompt)"/>.
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class ChatPrompt
{
    internal ChatPrompt(IReadOnlyList<ChatPiece> pieces) => Pieces = pieces;

    /// <summary>The pieces in order; joined they are the text.</summary>
    internal IReadOnlyList<ChatPiece> Pieces { get; }

    /// <summary>The whole text, the template's special tokens spelled out.</summary>
    public string Text => string.Concat(Pieces.Select(piece => piece.Text));

    /// <inheritdoc cref="Text"/>
    public override string ToString() => Text;
}
