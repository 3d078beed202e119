namespace Speculative;

/// <summary>
/// A model's files, or a file kept beside them, cannot be used: the message names the file, the field, what was expected and what was
/// found.
/// </summary>
/// <param name="message">What was wrong, what was expected, what to do.</param>
/// <param name="innerException">The cause, if there is one.</param>
public sealed class ModelFormatException(string message, Exception? innerException = null) : SpeculativeException(message, innerException);
