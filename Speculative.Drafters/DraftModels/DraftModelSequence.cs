namespace Speculative.Drafters;

/// <summary>
/// A draft model's sequence, kept in step with the target, and the draft tree under evaluation on it. The context that a drafter is given
/// is the only truth: tokens that the draft evaluated and the target kept are committed, whatever else was evaluated is dropped, and what
/// is missing is read. So a rejection, a cancellation, a failed step or another request need no handling of their own.
/// </summary>
/// <remarks>
/// <para>Nodes here are the draft's own: only nodes that the draft model evaluates, in the order in which it does. They begin with the
/// context tokens that are not in its cache yet, a short chain whose last one, <see cref="Root"/>, is the target tree's root; so the
/// catching up costs no pass of its own. Drafters map the nodes of the target's tree to these where both differ.</para>
/// <para>Sequences allocate when they are created, at <see cref="Start"/>; steps do not. Not thread-safe.</para>
/// </remarks>
/// <param name="model">The draft model.</param>
sealed class DraftModelSequence(DraftModel model) : IDisposable
{
    /// <summary>More missing tokens than this are read in passes before the draft.</summary>
    const int LongestChain = 4;

    /// <summary>Context tokens read in one call.</summary>
    const int PrefillPiece = 256;

    readonly DraftTree tree = new(model.Model.MaxTreeNodes);
    readonly int[] path = new int[model.Model.MaxTreeNodes];
    readonly int[] committed = new int[model.Model.MaxContextLength], prompt = new int[model.Model.MaxContextLength];
    readonly PaddedOutput? padded =
        model.VocabularySize == model.Model.VocabularySize ? null : new(model.Model.VocabularySize, model.VocabularySize);
    ICausalSequence? sequence;
    int committedLength, evaluated, promptLength;

    /// <summary>The target's vocabulary: the length of a row.</summary>
    public int VocabularySize => model.VocabularySize;

    /// <summary>How many exits <see cref="Evaluate(int)"/> knows.</summary>
    public int ExitCount => model.ExitCount;

    /// <summary>The node that holds the target tree's root.</summary>
    public int Root { get; private set; }

    /// <summary>How many nodes there are, those of the context among them.</summary>
    public int Count => tree.Count;

    /// <summary>
    /// The first node whose row the next <see cref="Evaluate()"/> is asked for: the root, or what was added since the last one.
    /// </summary>
    public int FirstPending => Math.Max(Root, evaluated);

    /// <summary>How many nodes may still be added; bounded by the draft model's largest tree and by its context.</summary>
    public int Room => tree.Room;

    /// <summary>How many levels below the root the draft model evaluates.</summary>
    public int LevelsBelowRoot => tree.MaxDepth - tree.Depths[Root];

    /// <summary>
    /// Begins a request. What was read already stays; a prompt that leaves no room for a draft is not read.
    /// </summary>
    public void Start(ReadOnlySpan<int> promptTokenIds)
    {
        KeepPrefix(promptTokenIds[..^1]);
        sequence!.Rollback();
        evaluated = 0;
        promptLength = promptTokenIds.Length <= prompt.Length ? promptTokenIds.Length : 0;
        promptTokenIds[..promptLength].CopyTo(prompt);
    }

    /// <summary>
    /// Reads a piece of the prompt for each that the target reads, from where it is itself: it may have kept more or less of a conversation
    /// than the target. Steps, and what is missing then, are caught up with at the next draft.
    /// </summary>
    public void Observe(in VerifiedStep verified)
    {
        int missing = promptLength - 1 - committedLength;
        if (missing <= 0 || sequence is null)
            return;
        ReadOnlySpan<int> piece = prompt.AsSpan(committedLength, Math.Min(missing, PrefillPiece));
        if (Knows(piece))
            Read(piece);
    }

    /// <summary>Brings the sequence to the context, with nothing drafted yet and the root not evaluated yet.</summary>
    /// <param name="contextTokenIds">All tokens so far; the last one is the target tree's root.</param>
    /// <returns>
    /// False where the context exceeds that of the draft model, or holds a token that only the target knows: nothing can be drafted.
    /// </returns>
    public bool Begin(ReadOnlySpan<int> contextTokenIds)
    {
        promptLength = 0;
        if (contextTokenIds.Length > committed.Length)
            return GiveUp();
        KeepPrefix(contextTokenIds[..^1]);
        KeepPath(contextTokenIds[committedLength..^1]);
        if (!Knows(contextTokenIds[committedLength..]))
            return GiveUp();
        int longest = Math.Min(LongestChain, Math.Min(tree.MaxNodes, model.Model.MaxTreeDepth + 1));
        if (contextTokenIds.Length - committedLength > longest)
            Read(contextTokenIds[committedLength..^1]);
        Root = -1;
        foreach (int tokenId in contextTokenIds[committedLength..])
            Root = Root < 0 ? Place(tokenId) : tree.Add(Root, tokenId);
        return true;
    }

    /// <summary>Whether a node may have another child.</summary>
    public bool CanGrow(int parent) => tree.CanGrow(parent);

    /// <summary>Adds a node to be evaluated; <see cref="CanGrow"/> says whether there is room.</summary>
    /// <param name="parent">A node.</param>
    /// <param name="tokenId">A token that no sibling holds yet.</param>
    /// <returns>The node's index, also that of its row.</returns>
    public int Add(int parent, int tokenId) => tree.Add(parent, tokenId);

    /// <summary>Evaluates the nodes added since the last call.</summary>
    public IModelOutput Evaluate() => Evaluate(model.Exit);

    /// <summary>Evaluates the nodes added since the last call, and goes on with those that stopped before this exit.</summary>
    /// <param name="exit">0 to <see cref="ExitCount"/> - 1; the row of a node is that of the deepest exit it has reached.</param>
    public IModelOutput Evaluate(int exit)
    {
        IModelOutput output = sequence is INestedSequence nested ? nested.Evaluate(tree, exit) : sequence!.Evaluate(tree);
        evaluated = tree.Count;
        return padded?.Show(output) ?? output;
    }

    public void Dispose()
    {
        sequence?.Dispose();
        sequence = null;
    }

    bool Knows(ReadOnlySpan<int> tokenIds) => padded is null || !tokenIds.ContainsAnyExceptInRange(0, model.Model.VocabularySize - 1);

    /// <summary>Drops what is read beyond the tokens that <paramref name="settled"/> begins with; all after a pass that failed.</summary>
    void KeepPrefix(ReadOnlySpan<int> settled)
    {
        sequence ??= model.CreateSequence();
        bool sound = sequence.CommittedLength == committedLength;
        int shared = sound ? committed.AsSpan(0, committedLength).CommonPrefixLength(settled) : 0;
        if (sound && shared == committedLength)
            return;
        sequence.Truncate(shared);
        (committedLength, evaluated) = (shared, 0);
    }

    bool GiveUp()
    {
        sequence?.Rollback();
        evaluated = 0;
        tree.Reset(0, 1);
        return false;
    }

    int Place(int rootTokenId)
    {
        tree.Reset(rootTokenId, Math.Min(tree.MaxNodes, committed.Length - committedLength), model.Model.MaxTreeDepth);
        return 0;
    }

    /// <summary>
    /// Commits the evaluated path that spells <paramref name="settled"/>, as far as there is one, and drops all other nodes.
    /// </summary>
    void KeepPath(ReadOnlySpan<int> settled)
    {
        int length = 0;
        for (int node = NodeOf(-1, settled, 0); node >= 0; node = NodeOf(node, settled, length))
            path[length++] = node;
        if (length == 0)
            sequence!.Rollback();
        else
            sequence!.Commit(path.AsSpan(0, length));
        settled[..length].CopyTo(committed.AsSpan(committedLength));
        committedLength += length;
        evaluated = 0;
    }

    /// <summary>
    /// The evaluated child of <paramref name="parent"/> (-1: the first node) that holds the token at an index; -1 for none.
    /// </summary>
    int NodeOf(int parent, ReadOnlySpan<int> settled, int index)
    {
        if (index == settled.Length || evaluated == 0)
            return -1;
        int node = parent >= 0 ? tree.FindChild(parent, settled[index]) : tree.TokenIds[0] == settled[index] ? 0 : -1;
        return node < evaluated ? node : -1;
    }

    /// <summary>Appends context as far as the drafting exit: deeper layers catch up when they are first asked.</summary>
    void Read(ReadOnlySpan<int> tokenIds)
    {
        for (; !tokenIds.IsEmpty; tokenIds = tokenIds[Math.Min(PrefillPiece, tokenIds.Length)..])
        {
            ReadOnlySpan<int> piece = tokenIds[..Math.Min(PrefillPiece, tokenIds.Length)];
            if (sequence is INestedSequence nested)
                nested.Prefill(piece, model.Exit);
            else
                sequence!.Prefill(piece);
            piece.CopyTo(committed.AsSpan(committedLength));
            committedLength += piece.Length;
        }
    }
}
