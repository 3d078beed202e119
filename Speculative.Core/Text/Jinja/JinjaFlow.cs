namespace Speculative;

/// <summary>How it goes on after a statement.</summary>
enum JinjaFlow
{
    On,
    Break,
    Continue,
}
