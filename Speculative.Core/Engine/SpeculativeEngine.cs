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
    readonly ICausalModel target;
    readonly DrafterFactory createDrafter;
    readonly ITokenDecoder? decoder;
    readonly ILogger logger;

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
        this.target = target;
        this.createDrafter = createDrafter;
        this.decoder = decoder;
        this.logger = logger ?? NullLogger<SpeculativeEngine>.Instance;
    }

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
        if (promptTokenIds.IsEmpty)
            throw new ArgumentException("The prompt is empty: expected at least one token.", nameof(promptTokenIds));
        foreach (int tokenId in promptTokenIds)
            if ((uint)tokenId >= (uint)target.VocabularySize)
                throw new ArgumentOutOfRangeException(
                    nameof(promptTokenIds), tokenId, $"Expected token ids from 0 to {target.VocabularySize - 1}.");
        if (promptTokenIds.Length > target.MaxContextLength)
            throw new ContextOverflowException(promptTokenIds.Length, target.MaxContextLength);
        if (options.StopStrings.Count > 0 && decoder is null)
            throw new ArgumentException("Stop strings need an engine with a token decoder.", nameof(options));
        IDrafter drafter = createDrafter(options);
        try
        {
            return new(target, drafter, decoder, promptTokenIds, options, logger);
        }
        catch
        {
            drafter.Dispose();
            throw;
        }
    }
}
