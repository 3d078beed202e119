namespace Speculative;

/// <summary>Where an engine finds a model's weights: a model folder on disk, or random numbers for speed measurements.</summary>
/// <remarks>
/// Weights stay where they are (memory-mapped, where the source can): an engine refers to them and disposes the source last.
/// </remarks>
public interface IWeightSource : IDisposable
{
    /// <summary>The model's sizes.</summary>
    ModelConfig Config { get; }

    /// <summary>Finds a tensor.</summary>
    /// <param name="name">Its Hugging Face name, such as <c>model.layers.0.self_attn.q_proj.weight</c>.</param>
    /// <param name="rows">The expected rows; 1 for a vector.</param>
    /// <param name="columns">The expected columns.</param>
    /// <exception cref="ModelFormatException">It is missing or has another shape or an unusable type.</exception>
    Weight GetWeight(string name, int rows, int columns);
}
