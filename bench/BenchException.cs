namespace Speculative.Bench;

/// <summary>Something that the user gave cannot be used; the message is the sentence to print.</summary>
sealed class BenchException(string message, Exception? innerException = null) : Exception(message, innerException);
