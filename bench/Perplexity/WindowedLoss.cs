using System.Numerics.Tensors;

namespace Speculative.Bench.Perplexity;

/// <summary>
/// The negative log-likelihood of texts under a model. A text longer than the window is read in windows that begin a stride apart; of each
/// only the tokens that no window before it predicted count, so every token but a text's first counts once.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="window">Tokens of a window, 2 to the model's context.</param>
/// <param name="stride">From window to window, 1 to <paramref name="window"/> - 1.</param>
sealed class WindowedLoss(ICausalModel model, int window, int stride)
{
    /// <summary>Tokens of a pass: few enough that their logits take little memory.</summary>
    const int PassTokens = 64;

    readonly float[] logits = new float[model.VocabularySize];

    /// <summary>Tokens predicted.</summary>
    public long Tokens { get; private set; }

    /// <summary>The sum of their negative log-likelihoods, in nats.</summary>
    public double Sum { get; private set; }

    /// <summary>The mean negative log-likelihood of a token, in nats; NaN without tokens.</summary>
    public double Mean => Sum / Tokens;

    /// <summary>Adds a text; what was predicted before a cancellation stays.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void Add(ReadOnlySpan<int> tokenIds, CancellationToken cancellationToken = default)
    {
        for (int start = 0, predicted = 1; predicted < tokenIds.Length; start += stride)
        {
            ReadOnlySpan<int> seen = tokenIds[start..Math.Min(start + window, tokenIds.Length)];
            AddWindow(seen, predicted - start, cancellationToken);
            predicted = start + seen.Length;
        }
    }

    /// <summary>Adds the tokens of a window from <paramref name="first"/> on.</summary>
    void AddWindow(ReadOnlySpan<int> tokenIds, int first, CancellationToken cancellationToken)
    {
        using ICausalSequence sequence = model.CreateSequence(window);
        for (int done = 0; done < tokenIds.Length - 1; done += PassTokens)
        {
            cancellationToken.ThrowIfCancellationRequested();
            IModelOutput output = sequence.Prefill(tokenIds[done..Math.Min(done + PassTokens, tokenIds.Length - 1)]);
            for (int row = Math.Max(0, first - 1 - done); row < output.NodeCount; row++)
            {
                output.CopyLogits(row, logits);
                Sum += Loss(tokenIds[done + row + 1]);
                Tokens++;
            }
        }
    }

    double Loss(int tokenId)
    {
        float largest = TensorPrimitives.Max<float>(logits), own = logits[tokenId];
        if (!float.IsFinite(largest))
            throw new BenchException("The model's logits are not finite: its weights or its file are damaged.");
        TensorPrimitives.Subtract(logits, largest, logits);
        TensorPrimitives.Exp<float>(logits, logits);
        return Math.Log(TensorPrimitives.Sum<float>(logits)) + largest - own;
    }
}
