namespace Speculative.Drafters;

/// <summary>In which order a <see cref="ResidualRow"/> gives its tokens.</summary>
enum RowOrder
{
    /// <summary>Drawn at random.</summary>
    Drawn,

    /// <summary>The most likely first, lower ids first among equals.</summary>
    Ranked,
}
