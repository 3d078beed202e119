using System.Runtime.CompilerServices;

namespace Speculative;

/// <summary>One generation: a prompt, its sequence in the target, its drafter.</summary>
/// <remarks>
/// After every step the target's cache holds the prompt and the output without its last token, which is the next step's root: also after a
/// stop, a cancellation or an abandoned enumeration. One caller at a time; <see cref="Dispose"/> may be called
/// from another thread and waits for the end of a step that is under way.
/// </remarks>
public sealed class SpeculativeSession : IDisposable
{
    /// <summary>Prompt tokens read between two looks at the cancellation token.</summary>
    const int PrefillPiece = 256;

    readonly Lock turn = new();
    readonly SpeculativeEngine engine;
    readonly GenerationOptions options;
    readonly ICausalSequence sequence;
    readonly IDrafter drafter;
    readonly VerifierLoop loop;
    readonly StopConditions stop;
    readonly IncrementalDetokenizer? text;
    readonly int promptLength, maxTreeNodes, maxTreeDepth;
    readonly int[] tokenIds;
    readonly TokenOrigin[] origins;
    int length, streamed;
    bool cancelled, contextFull, continued, disposed;

    /// <summary>Begins a generation; what it can keep of a previous one is then its own.</summary>
    /// <param name="engine">Knows the target.</param>
    /// <param name="drafter">This session's own; null for that of the previous one.</param>
    /// <param name="prompt">Checked.</param>
    /// <param name="options">Checked but for the stop strings.</param>
    /// <param name="previous">Whose sequence to take over; as it was where this throws.</param>
    internal SpeculativeSession(
        SpeculativeEngine engine, IDrafter? drafter, ReadOnlySpan<int> prompt, GenerationOptions options,
        SpeculativeSession? previous = null)
    {
        ICausalModel target = engine.Target;
        (this.engine, this.options) = (engine, options);
        (maxTreeNodes, maxTreeDepth) = (target.MaxTreeNodes, target.MaxTreeDepth);
        Statistics = new(maxTreeNodes);
        stop = new(options, engine.Decoder);
        text = engine.Decoder is null ? null : new(engine.Decoder, options.StopStrings);
        promptLength = length = prompt.Length;
        tokenIds = new int[prompt.Length + (int)Math.Min(options.MaxNewTokens, target.MaxContextLength + 1L - prompt.Length)];
        origins = new TokenOrigin[tokenIds.Length];
        prompt.CopyTo(tokenIds);
        IAcceptanceRule rule = options.Sampling.CreateRule(options.Acceptance, target.VocabularySize);
        DraftTree tree = new(Math.Max(maxTreeNodes, PrefillPiece), target.VocabularySize); // pieces of the prompt are trees too
        sequence = previous?.HandOn(prompt, replacesDrafter: drafter is not null) ?? target.CreateSequence(target.MaxContextLength);
        this.drafter = drafter ?? previous!.drafter;
        loop = new(sequence, this.drafter, rule, stop, tree, Statistics, engine.Logger);
        loop.Start(prompt);
    }

    /// <summary>Why the generation ended; <see cref="FinishReason.None"/> while it goes on.</summary>
    public FinishReason FinishReason =>
        stop.Reason != FinishReason.None ? stop.Reason
        : contextFull ? FinishReason.ContextLimit
        : cancelled ? FinishReason.Cancelled
        : FinishReason.None;

    /// <summary>The tokens emitted so far.</summary>
    public ReadOnlySpan<int> OutputTokenIds => tokenIds.AsSpan(promptLength, length - promptLength);

    /// <summary>Where each emitted token came from.</summary>
    public ReadOnlySpan<TokenOrigin> OutputOrigins => origins.AsSpan(promptLength, length - promptLength);

    /// <summary>The tokens whose keys and values the target's cache holds.</summary>
    public int CommittedLength => sequence.CommittedLength;

    /// <summary>What the session did so far.</summary>
    public SpeculationStatistics Statistics { get; }

    /// <summary>
    /// Makes one step; the first also reads the prompt. Allocates nothing once the buffers have grown. A cancelled generation may be
    /// resumed by calling it again.
    /// </summary>
    /// <param name="cancellationToken">
    /// Looked at before the step and between pieces of the prompt; ends the generation, never throws.
    /// </param>
    /// <returns>The emitted tokens, at least one; empty when the generation has ended.</returns>
    /// <exception cref="NonFiniteLogitsException">
    /// The target produced NaN or positive infinity. The sequence stays as it was before the step.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The session was continued by another, or disposed.</exception>
    public ReadOnlySpan<int> Step(CancellationToken cancellationToken = default)
    {
        lock (turn)
            return TakeStep(cancellationToken);
    }

    ReadOnlySpan<int> TakeStep(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(continued || disposed, this);
        cancelled = false;
        if (FinishReason != FinishReason.None || !Prefill(cancellationToken))
            return [];
        Acceptance acceptance;
        stop.Mark();
        try
        {
            int room = sequence.MaxContextLength - sequence.CommittedLength;
            bool last = length + 1 == tokenIds.Length; // the target's own token: no draft could add to it
            acceptance = loop.Step(tokenIds.AsSpan(0, length), last ? 1 : Math.Min(maxTreeNodes, room), maxTreeDepth);
        }
        catch
        {
            sequence.Rollback();
            stop.Return();
            throw;
        }
        for (int i = 1; i <= acceptance.PathLength; i++, length++)
        {
            tokenIds[length] = loop.Emitted(acceptance, i);
            origins[length] = i < acceptance.PathLength ? TokenOrigin.Draft : acceptance.NextOrigin;
        }
        contextFull = sequence.CommittedLength == sequence.MaxContextLength;
        return tokenIds.AsSpan(length - acceptance.PathLength, acceptance.PathLength);
    }

    /// <summary>
    /// Streams the output as it is generated, each step on the thread pool. An enumeration may be abandoned and a new one goes on where it
    /// left off.
    /// </summary>
    /// <param name="cancellationToken">Ends the stream with <see cref="FinishReason.Cancelled"/>, without an exception.</param>
    /// <exception cref="NonFiniteLogitsException">
    /// The target produced NaN or positive infinity. The sequence stays as it was before.
    /// </exception>
    public async IAsyncEnumerable<GeneratedToken> GenerateAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            while (promptLength + streamed < length)
                yield return Describe(promptLength + streamed++); // counted first: an enumeration abandoned here must not repeat the token
            if (await Task.Run(() => Step(cancellationToken).Length, CancellationToken.None).ConfigureAwait(false) == 0)
                yield break;
        }
    }

    /// <summary>Generates to the end.</summary>
    /// <param name="cancellationToken">Ends the generation with <see cref="FinishReason.Cancelled"/>.</param>
    /// <returns>The whole output so far, as <see cref="OutputTokenIds"/>.</returns>
    /// <exception cref="NonFiniteLogitsException">
    /// The target produced NaN or positive infinity. The sequence stays as it was before.
    /// </exception>
    public ReadOnlySpan<int> Generate(CancellationToken cancellationToken = default)
    {
        while (!Step(cancellationToken).IsEmpty)
        {
        }
        return OutputTokenIds;
    }

    /// <summary>
    /// Begins the next answer of the same conversation. What the target's cache holds of the new prompt already, such as the turns before,
    /// is not read again; nor is it by a draft model where the sampling stays the same, but for the seed where it drafts point masses. The
    /// output is that of a new session.
    /// </summary>
    /// <param name="promptTokenIds">
    /// The whole new prompt, as a new session would get it. It need not begin with this session's tokens: all that both begin with is kept.
    /// </param>
    /// <param name="options">
    /// What is asked for; null for this session's options. Where the target samples, give each answer a seed of its own: at this session's
    /// the same random numbers choose again.
    /// </param>
    /// <returns>
    /// A session owned by the caller. This one has ended: its output stays readable, its sequence has become the other's. Where this method
    /// throws, this session goes on.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The prompt is empty, stop strings are given without a token decoder, or one of them is empty.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A prompt token is outside the vocabulary.</exception>
    /// <exception cref="ContextOverflowException">The prompt is longer than the target's context.</exception>
    /// <exception cref="ObjectDisposedException">The session was continued already, or disposed.</exception>
    public SpeculativeSession Continue(ReadOnlySpan<int> promptTokenIds, GenerationOptions? options = null)
    {
        lock (turn)
        {
            ObjectDisposedException.ThrowIf(continued || disposed, this);
            return engine.StartSession(promptTokenIds, options ?? this.options, this);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (turn)
        {
            if (continued || disposed)
                return;
            disposed = true;
            using (sequence)
                drafter.Dispose();
        }
    }

    /// <summary>
    /// Whether a drafter for these options would be created as this session's was: drafters that draw follow the sampling and its seed.
    /// </summary>
    internal bool DraftsAlike(GenerationOptions other) =>
        OfDrafts(options.Sampling).Equals(OfDrafts(other.Sampling)) && options.Acceptance == other.Acceptance;

    /// <summary>The sampling as far as the drafter can have followed it: one that drafted point masses alone drew nothing.</summary>
    Sampling OfDrafts(Sampling sampling) =>
        sampling is StochasticSampling random && Statistics is { DraftedTokens: > 0, DrawnTokens: 0 } ? random with { Seed = 0 } : sampling;

    /// <summary>Gives up the sequence, cut to what it holds of a prompt, its last token excepted.</summary>
    ICausalSequence HandOn(ReadOnlySpan<int> prompt, bool replacesDrafter)
    {
        if (replacesDrafter)
            drafter.Dispose(); // where it throws, this session goes on, without drafts
        sequence.Truncate(tokenIds.AsSpan(0, sequence.CommittedLength).CommonPrefixLength(prompt[..^1]));
        continued = true;
        return sequence;
    }

    /// <summary>Reads what is missing of the prompt, its last token excepted; false if cancelled.</summary>
    bool Prefill(CancellationToken cancellationToken)
    {
        while (!(cancelled = cancellationToken.IsCancellationRequested))
        {
            int from = sequence.CommittedLength, count = Math.Min(PrefillPiece, promptLength - 1 - from);
            if (count <= 0)
                return true;
            loop.Prefill(tokenIds.AsSpan(from, count), tokenIds[from + count]);
        }
        return false;
    }

    GeneratedToken Describe(int index)
    {
        string appended = text?.Append(tokenIds[index]) ?? "";
        bool last = index == length - 1 && FinishReason is not (FinishReason.None or FinishReason.Cancelled);
        return new(tokenIds[index], origins[index], last && text is not null ? appended + text.Flush() : appended);
    }
}
