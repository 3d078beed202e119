using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Speculative;

/// <summary>One generation: a prompt, its sequence in the target, its drafter.</summary>
/// <remarks>
/// After every step the target's cache holds the prompt and the output without its last token, which is the next step's root: also after a
/// stop, a cancellation or an abandoned enumeration. Not thread-safe.
/// </remarks>
public sealed class SpeculativeSession : IDisposable
{
    /// <summary>Prompt tokens read between two looks at the cancellation token.</summary>
    const int PrefillPiece = 256;

    readonly ICausalSequence sequence;
    readonly IDrafter drafter;
    readonly VerifierLoop loop;
    readonly StopConditions stop;
    readonly IncrementalDetokenizer? text;
    readonly int promptLength, maxTreeNodes, maxTreeDepth;
    readonly int[] tokenIds;
    readonly TokenOrigin[] origins;
    int length, streamed;
    bool cancelled, contextFull;

    internal SpeculativeSession(
        ICausalModel target, IDrafter drafter, ITokenDecoder? decoder, ReadOnlySpan<int> prompt, GenerationOptions options, ILogger logger)
    {
        this.drafter = drafter;
        (maxTreeNodes, maxTreeDepth) = (target.MaxTreeNodes, target.MaxTreeDepth);
        Statistics = new(maxTreeNodes);
        stop = new(options, decoder);
        text = decoder is null ? null : new(decoder, options.StopStrings);
        promptLength = length = prompt.Length;
        tokenIds = new int[prompt.Length + (int)Math.Min(options.MaxNewTokens, target.MaxContextLength + 1L - prompt.Length)];
        origins = new TokenOrigin[tokenIds.Length];
        prompt.CopyTo(tokenIds);
        IAcceptanceRule rule = options.Sampling.CreateRule(options.Acceptance, target.VocabularySize);
        sequence = target.CreateSequence(target.MaxContextLength);
        DraftTree tree = new(Math.Max(maxTreeNodes, PrefillPiece), target.VocabularySize); // pieces of the prompt are trees too
        loop = new(sequence, drafter, rule, stop, tree, Statistics, logger);
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
    /// The target produced NaN or infinity. The sequence stays as it was before the step.
    /// </exception>
    public ReadOnlySpan<int> Step(CancellationToken cancellationToken = default)
    {
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
    /// <exception cref="NonFiniteLogitsException">The target produced NaN or infinity. The sequence stays as it was before.</exception>
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
    /// <exception cref="NonFiniteLogitsException">The target produced NaN or infinity. The sequence stays as it was before.</exception>
    public ReadOnlySpan<int> Generate(CancellationToken cancellationToken = default)
    {
        while (!Step(cancellationToken).IsEmpty)
        {
        }
        return OutputTokenIds;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        using (sequence)
            drafter.Dispose();
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
