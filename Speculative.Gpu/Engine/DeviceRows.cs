using ILGPU;

namespace Speculative;

/// <summary>Where the rows of a pass begin and what becomes of them.</summary>
/// <param name="Before">The rows before the first layer; empty to embed the tokens that were sent. [rows, hidden].</param>
/// <param name="After">Receives the rows after the last layer, to go on from; empty for nobody. [rows, hidden].</param>
/// <param name="IsText">Whether they are a part of a text: such passes seldom come again.</param>
/// <param name="Hidden">Receives the rows after the final norm, as the head reads them; null for nobody. [rows, hidden].</param>
readonly record struct DeviceRows(ArrayView<float> Before, ArrayView<float> After, bool IsText, DeviceNumbers? Hidden);
