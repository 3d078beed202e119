namespace Speculative;

/// <summary>GGUF's number formats that no engine here computes with: their tensors are widened to F32 when asked for.</summary>
enum WidenedFormat
{
    /// <summary>The tensor is used as it is stored.</summary>
    None,

    /// <summary>See <see cref="Q41Rows"/>.</summary>
    Q41,

    /// <summary>See <see cref="Q6KRows"/>.</summary>
    Q6K,
}
