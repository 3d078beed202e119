namespace Speculative;

/// <summary>
/// A string of a template. It knows which of its characters somebody said (<see cref="ChatPiece.IsSaid"/>), and so does all that is made
/// of it. Immutable; counts UTF-16 units inside and, as Python does, whole characters outside.
/// </summary>
sealed class JinjaText
{
    public static readonly JinjaText Empty = new("");

    /// <summary>A flag a unit; null where nothing is said.</summary>
    readonly bool[]? said;

    public JinjaText(string value) : this(value, null) { }

    public JinjaText(string value, bool[]? said) => (Value, this.said) = (value, said);

    public string Value { get; }

    /// <summary>In whole characters.</summary>
    public int Length => HasPairs ? ToCharacter(Value.Length) : Value.Length;

    bool HasPairs => Value.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF');

    public static JinjaText Said(string value)
    {
        bool[] said = new bool[value.Length];
        Array.Fill(said, true);
        return new(value, said);
    }

    /// <summary>What Python takes for white space.</summary>
    public static bool IsSpace(char character) => char.IsWhiteSpace(character) || character is >= '\x1C' and <= '\x1F';

    public static ReadOnlySpan<char> TrimEnd(ReadOnlySpan<char> text)
    {
        while (text is [.., var last] && IsSpace(last))
            text = text[..^1];
        return text;
    }

    public bool IsSaid(int unit) => said is not null && said[unit];

    public bool HasSaid(int start, int length) => said is not null && said.AsSpan(start, length).Contains(true);

    /// <summary>Copies the flags of a part.</summary>
    public void CopySaid(int start, Span<bool> flags)
    {
        if (said is null)
            flags.Clear();
        else
            said.AsSpan(start, flags.Length).CopyTo(flags);
    }

    /// <summary>A part, in units.</summary>
    public JinjaText Cut(int start, int length)
    {
        if (length == Value.Length)
            return this;
        return length == 0 ? Empty : new(Value.Substring(start, length), HasSaid(start, length) ? said![start..(start + length)] : null);
    }

    public JinjaText Cut(int start) => Cut(start, Value.Length - start);

    /// <summary>The characters one by one.</summary>
    public IReadOnlyList<JinjaText> Characters()
    {
        List<JinjaText> characters = new(Value.Length);
        for (int i = 0, size; i < Value.Length; i += size)
            characters.Add(Cut(i, size = char.IsSurrogatePair(Value, i) ? 2 : 1));
        return characters;
    }

    /// <summary>The unit at which a character begins.</summary>
    public int ToUnit(int character)
    {
        if (!HasPairs)
            return character;
        int unit = 0;
        for (; character > 0; character--)
            unit += char.IsSurrogatePair(Value, unit) ? 2 : 1;
        return unit;
    }

    /// <summary>The number of characters before a unit.</summary>
    public int ToCharacter(int unit)
    {
        int character = unit;
        if (HasPairs)
            for (int i = 1; i < unit; i++)
                character -= char.IsSurrogatePair(Value, i - 1) ? 1 : 0;
        return character;
    }

    /// <summary>Without white space, or these characters, at its ends.</summary>
    public JinjaText Strip(string? characters, bool atStart, bool atEnd)
    {
        (int start, int end) = (0, Value.Length);
        while (atStart && start < end && IsStripped(Value[start]))
            start++;
        while (atEnd && end > start && IsStripped(Value[end - 1]))
            end--;
        return Cut(start, end - start);

        bool IsStripped(char character) => characters?.Contains(character, StringComparison.Ordinal) ?? IsSpace(character);
    }

    /// <summary>Runs of one kind.</summary>
    public IReadOnlyList<ChatPiece> Pieces()
    {
        List<ChatPiece> pieces = [];
        for (int i = 1, start = 0; i <= Value.Length; i++)
            if (i == Value.Length || IsSaid(i) != IsSaid(start))
            {
                pieces.Add(new(Value[start..i], IsSaid(start)));
                start = i;
            }
        return pieces;
    }

    public override string ToString() => Value;
}
