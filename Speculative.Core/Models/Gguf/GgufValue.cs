namespace Speculative;

/// <summary>Where a metadata value lies; it is decoded when asked for.</summary>
/// <param name="Type">Its type; that of the items of an array.</param>
/// <param name="IsArray">It is an array.</param>
/// <param name="Offset">The first byte of the value or of the first item, counted from the start of the file.</param>
/// <param name="Count">The items, 1 where it is no array.</param>
readonly record struct GgufValue(GgufValueType Type, bool IsArray, long Offset, long Count);
