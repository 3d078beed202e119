namespace Speculative.Drafters;

/// <summary>What drawn growth knows of the tree's nodes beyond the tree; node 0 is the root.</summary>
struct DrawnNode
{
    /// <summary>Where the draft model evaluates it; -1 where it does not.</summary>
    public int DraftNode;

    /// <summary>What is left of its distribution; -1 before its first child.</summary>
    public int Row;

    /// <summary>How many children it has.</summary>
    public int Children;

    /// <summary>The probability that it had at its draw, among the tokens left.</summary>
    public double Share;

    /// <summary>
    /// The estimated probability that the acceptance reaches its next child: that it is accepted, and the children it has are not.
    /// </summary>
    public double Slot;
}
