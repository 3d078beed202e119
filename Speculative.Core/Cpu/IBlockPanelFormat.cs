namespace Speculative;

/// <summary>
/// Panels whose groups hold the same scales and levels as the blocks of their stored format: those are copied, not rounded anew. Such a
/// block is as long as a group, a half-precision scale and then the levels.
/// </summary>
unsafe interface IBlockPanelFormat : IPanelFormat
{
    /// <summary>Stores a block of one output in a panel's group.</summary>
    /// <param name="block">The block.</param>
    /// <param name="output">0 to 31.</param>
    /// <param name="group">The panel's group.</param>
    static abstract void Copy(byte* block, int output, byte* group);
}
