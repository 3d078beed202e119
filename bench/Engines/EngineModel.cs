namespace Speculative.Bench.Engines;

/// <summary>A model with what its engine knows of it.</summary>
/// <param name="Model">The model.</param>
/// <param name="Format">The number format of its matrices.</param>
/// <param name="BytesPerPass">The bytes of weights that a pass reads.</param>
/// <param name="CacheBytesPerToken">The bytes of keys and values that a pass reads for each token of the context.</param>
/// <param name="Config">Its sizes.</param>
sealed record EngineModel(ICausalModel Model, string Format, long BytesPerPass, long CacheBytesPerToken, ModelConfig Config)
{
    /// <summary>The bytes that a pass over one row reads behind so many tokens.</summary>
    public long BytesRead(int contextLength) => BytesPerPass + contextLength * CacheBytesPerToken;
}
