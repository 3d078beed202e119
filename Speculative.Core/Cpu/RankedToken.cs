namespace Speculative;

/// <summary>A token and its logit. The larger logit ranks first, of equal ones the lower id.</summary>
readonly record struct RankedToken(float Logit, int TokenId)
{
    /// <summary>After every token.</summary>
    public static RankedToken None => new(float.NegativeInfinity, int.MaxValue);

    /// <summary>Before every token: a logit was NaN or positive infinity.</summary>
    public static RankedToken NotFinite => new(float.PositiveInfinity, -1);

    public bool IsFinite => TokenId >= 0;

    public bool Precedes(RankedToken other) => Logit > other.Logit || Logit == other.Logit && TokenId < other.TokenId;
}
