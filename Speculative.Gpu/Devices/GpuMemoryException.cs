namespace Speculative;

/// <summary>A device has too little free memory; the message says how much is needed, how much is free and what to reduce.</summary>
/// <param name="message">What was wrong, what was expected, what to do.</param>
public sealed class GpuMemoryException(string message) : SpeculativeException(message);
