namespace Speculative;

/// <summary>The parts of a generation whose time is measured: the prompt, then the five verbs of a step.</summary>
public enum StepPhase
{
    /// <summary>The target reads the prompt and the drafter learns from it.</summary>
    Prefill,

    /// <summary>The drafter proposes.</summary>
    Draft,

    /// <summary>The target evaluates the tree.</summary>
    Evaluate,

    /// <summary>The rule accepts a path, computing the rows that it visits.</summary>
    Accept,

    /// <summary>The cache keeps the path.</summary>
    Commit,

    /// <summary>The drafter learns.</summary>
    Observe,
}
