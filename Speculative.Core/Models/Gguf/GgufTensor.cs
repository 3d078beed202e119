namespace Speculative;

/// <summary>A tensor as a GGUF header describes it.</summary>
/// <param name="Type">The number format that engines get.</param>
/// <param name="Widened">The format from which it is widened to <see cref="ElementType.F32"/> when asked for.</param>
/// <param name="Rows">Rows, 1 for a vector.</param>
/// <param name="Columns">Columns: the size that the file lists first.</param>
/// <param name="Offset">First byte, counted from the start of the file.</param>
/// <param name="Length">Bytes.</param>
readonly record struct GgufTensor(ElementType Type, WidenedFormat Widened, long Rows, long Columns, long Offset, long Length);
