namespace Speculative.Bench.Commands;

/// <summary>A model's loss on a text; serialised as a row of results.</summary>
/// <param name="Documents">Documents read to their end.</param>
/// <param name="Tokens">Tokens predicted.</param>
/// <param name="Window">Tokens of a window.</param>
/// <param name="Stride">Tokens from window to window.</param>
/// <param name="Loss">Mean negative log-likelihood of a token, in nats.</param>
/// <param name="Perplexity">Its exponential.</param>
sealed record PerplexityRow(int Documents, long Tokens, int Window, int Stride, double Loss, double Perplexity);
