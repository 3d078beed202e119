namespace Speculative.Drafters;

/// <summary>A drafter that tells its time over the draft model's rows apart, for measurements.</summary>
interface ITimesRows
{
    /// <summary>The time spent so far on turning rows into distributions: soft-max, filters, and the copy that acceptance needs.</summary>
    TimeSpan RowTime { get; }
}
