namespace Speculative;

/// <summary>Creates the drafter of one session.</summary>
/// <param name="options">The session's options: a drafter that samples needs them.</param>
/// <returns>A drafter that the session owns and disposes.</returns>
public delegate IDrafter DrafterFactory(GenerationOptions options);
