namespace Speculative;

/// <summary>What a name or a member that does not exist stands for: empty where it is printed, a fault where it is used.</summary>
/// <param name="Name">What was looked for.</param>
sealed record JinjaUndefined(string Name)
{
    /// <summary>A time would give the same conversation other tokens every day.</summary>
    public const string Clock = "strftime_now";

    public JinjaFault Fault() => new("a value", Name == Clock
        ? "strftime_now, which is not given: the same conversation would give other tokens every day"
        : $"undefined {JinjaFault.Show(Name)}");
}
