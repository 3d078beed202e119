namespace Speculative.Bench.Perplexity;

/// <summary>A text to predict: a conversation, which goes through the model's chat template, or plain text.</summary>
/// <param name="Turns">User, assistant, user, ...; the assistant speaks last. Empty for plain text.</param>
/// <param name="Text">The plain text; empty for a conversation.</param>
sealed record HeldOutDocument(IReadOnlyList<string> Turns, string Text);
