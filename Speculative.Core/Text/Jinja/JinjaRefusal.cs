namespace Speculative;

/// <summary>The template's own <c>raise_exception</c>: it does not want the conversation.</summary>
sealed class JinjaRefusal(string message) : Exception(message);
