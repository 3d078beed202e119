namespace Speculative;

/// <summary><c>none</c>.</summary>
sealed class JinjaNone
{
    public static readonly JinjaNone Value = new();

    JinjaNone() { }
}
