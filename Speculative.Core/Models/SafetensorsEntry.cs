namespace Speculative;

/// <summary>One tensor of a safetensors header.</summary>
/// <param name="Type">The dtype as the header names it.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Begin">Its first byte, counted from the end of the header.</param>
/// <param name="End">The byte after its last.</param>
sealed record SafetensorsEntry(string Type, long[] Shape, long Begin, long End);
