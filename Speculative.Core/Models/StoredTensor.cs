namespace Speculative;

/// <summary>A tensor as a safetensors header describes it.</summary>
/// <param name="Type">The header's <c>dtype</c>.</param>
/// <param name="ElementSize">Bytes of one element.</param>
/// <param name="Shape">Sizes, outermost first.</param>
/// <param name="Offset">First byte, counted from the start of the file.</param>
/// <param name="Length">Bytes.</param>
readonly record struct StoredTensor(string Type, int ElementSize, long[] Shape, long Offset, long Length);
