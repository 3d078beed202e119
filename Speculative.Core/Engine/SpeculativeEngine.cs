using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Speculative;

/// <summary>
/// Generates with a target model and a drafter. The output is the target's own: greedy output equals plain greedy decoding token for token,
/// sampled output has the target's distribution.
/// </summary>
/// <remarks>
/// Thread-safe as far as its model and drafter factory are; each session belongs to one caller. The engine owns nothing: the caller
/// disposes the model after the sessions.
/// </remarks>
public sealed class SpeculativeEngine
{
    readonly DrafterFactory createDrafter;

    /// <summary>Creates an engine.</summary>
    /// <param name="target">The model whose output is wanted.</param>
    /// <param name="createDrafter">Creates each session's drafter; <see cref="NullDrafter.Factory"/> decodes plainly.</param>
    /// <param name="decoder">Gives streamed tokens their text and finds stop strings; null for token ids only.</param>
    /// <param name="logger">Hears of failing drafters.</param>
    public SpeculativeEngine(
        ICausalModel target, DrafterFactory createDrafter, ITokenDecoder? decoder = null, ILogger<SpeculativeEngine>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(createDrafter);
        this.createDrafter = createDrafter;
        Target = target;
        Decoder = decoder;
        Logger = logger ?? NullLogger<SpeculativeEngine>.Instance;
    }

    internal ICausalModel Target { get; }

    internal ITokenDecoder? Decoder { get; }

    internal ILogger Logger { get; }

    /// <summary>Begins a generation. The prompt is read by the session's first step.</summary>
    /// <param name="promptTokenIds">At least one token, at most the target's context.</param>
    /// <param name="options">What is asked for; null for the defaults.</param>
    /// <returns>A session owned by the caller.</returns>
    /// <exception cref="ArgumentException">
    /// The prompt is empty, stop strings are given without a token decoder, or one of them is empty.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A prompt token is outside the vocabulary.</exception>
    /// <exception cref="ContextOverflowException">The prompt is longer than the target's context.</exception>
    public SpeculativeSession StartSession(ReadOnlySpan<int> promptTokenIds, GenerationOptions? options = null)
    {
        options ??= new();
        Check(promptTokenIds, options);
        IDrafter drafter = createDrafter(options);
        try
        {
            return new(this, drafter, promptTokenIds, options);
        }
        catch
        {
            drafter.Dispose();
            throw;
        }
    }

    /// <summary>A session that takes over another's sequence, and its drafter where one for these options would be the same.</summary>
    internal SpeculativeSession StartSession(ReadOnlySpan<int> promptTokenIds, GenerationOptions options, SpeculativeSession previous)
    {
        Check(promptTokenIds, options);
        IDrafter? other = previous.DraftsAlike(options) ? null : createDrafter(options);
        try
        {
            return new(this, other, promptTokenIds, options, previous);
        }
        catch
        {
            other?.Dispose();
            throw;
        }
    }

    void Check(ReadOnlySpan<int> promptTokenIds, GenerationOptions options)
    {
        if (promptTokenIds.IsEmpty)
            throw new ArgumentException("The prompt is empty: expected at least one token.", nameof(promptTokenIds));
        foreach (int tokenId in promptTokenIds)
            if ((uint)tokenId >= (uint)Target.VocabularySize)
                throw new ArgumentOutOfRangeException(
                    nameof(promptTokenIds), tokenId, $"Expected token ids from 0 to {Target.VocabularySize - 1}.");
        if (promptTokenIds.Length > Target.MaxContextLength)
            throw new ContextOverflowException(promptTokenIds.Length, Target.MaxContextLength);
        if (options.StopStrings.Count > 0 && Decoder is null)
            throw new ArgumentException("Stop strings need an engine with a token decoder.", nameof(options));
    }
}
