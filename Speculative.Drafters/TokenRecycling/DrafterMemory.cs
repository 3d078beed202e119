namespace Speculative.Drafters;

/// <summary>What becomes of the things that a drafter learnt when a request ends.</summary>
public enum DrafterMemory
{
    /// <summary>
    /// All sessions of one factory share what they learn, also at the same time: a request begins with what earlier ones taught.
    /// </summary>
    KeptAcrossRequests,

    /// <summary>Every session has its own memory, empty when a request starts.</summary>
    ResetPerRequest,
}
