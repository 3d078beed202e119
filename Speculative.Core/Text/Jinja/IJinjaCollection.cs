namespace Speculative;

/// <summary>A value with values in it, immutable.</summary>
interface IJinjaCollection
{
    JinjaSize Size { get; }
}
