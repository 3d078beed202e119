namespace Speculative;

/// <summary>One emitted token of a stream.</summary>
/// <param name="TokenId">The token.</param>
/// <param name="Origin">Whether it was drafted or is the target's own.</param>
/// <param name="Text">
/// The text that became final with this token: whole characters only, and nothing that may yet turn out to be part of a stop string. Empty
/// where the engine has no token decoder. The texts of a stream that ran to its end, joined, are the output's text, up to and without the
/// stop string; one that was cancelled or left lacks what was not final yet, up to the next token: decode
/// <see cref="SpeculativeSession.OutputTokenIds"/> for that.
/// </param>
public readonly record struct GeneratedToken(int TokenId, TokenOrigin Origin, string Text);
