namespace Speculative;

/// <summary>Where an emitted token comes from.</summary>
public enum TokenOrigin
{
    /// <summary>Drafted, and accepted by the target.</summary>
    Draft,

    /// <summary>The target's own, in place of drafts that it rejected.</summary>
    Recovered,

    /// <summary>The target's own, after a path that it accepted to its leaf (a root without drafts is one).</summary>
    Bonus,
}
