namespace Speculative;

/// <summary>Collects a conversation's text piece by piece.</summary>
sealed class ChatWriter
{
    readonly List<ChatPiece> pieces = [];

    /// <summary>Adds text of the template.</summary>
    public ChatWriter Mark(string text) => Add(new(text, IsSaid: false));

    /// <summary>Adds what somebody says.</summary>
    public ChatWriter Say(string text) => Add(new(text, IsSaid: true));

    /// <summary>What was collected.</summary>
    public ChatPrompt ToPrompt() => new([.. pieces]);

    /// <summary>Neighbours of one kind become one piece: a special token may be written in two parts.</summary>
    ChatWriter Add(ChatPiece piece)
    {
        if (pieces is [.., var last] && last.IsSaid == piece.IsSaid)
            pieces[^1] = piece with { Text = last.Text + piece.Text };
        else if (piece.Text.Length > 0)
            pieces.Add(piece);
        return this;
    }
}
