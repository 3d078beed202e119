namespace Speculative;

/// <summary>The machine has no GPU, or not the one that was asked for; the message lists what there is.</summary>
/// <param name="message">What was wrong, what was expected, what to do.</param>
public sealed class GpuDeviceNotFoundException(string message) : SpeculativeException(message);
