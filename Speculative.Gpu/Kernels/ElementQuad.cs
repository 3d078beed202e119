namespace Speculative;

/// <summary>Four neighbouring f32 elements, so that a lane moves 16 bytes at once.</summary>
/// <param name="X">The first.</param>
/// <param name="Y">The second.</param>
/// <param name="Z">The third.</param>
/// <param name="W">The fourth.</param>
readonly record struct ElementQuad(float X, float Y, float Z, float W);
