namespace Speculative;

/// <summary>What <c>namespace()</c> makes: the only value that changes.</summary>
sealed class JinjaNamespace
{
    public Dictionary<string, object> Items { get; } = [];
}
