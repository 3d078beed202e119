namespace Speculative;

/// <summary>
/// Llama 3's stretching of rotary frequencies (<c>rope_type: llama3</c>): wavelengths above <see cref="OriginalContextLength"/> /
/// <see cref="LowFrequencyFactor"/> are divided by <see cref="Factor"/>, those below the length / <see cref="HighFrequencyFactor"/> are
/// kept, those between are blended. <c>rope_type: linear</c> divides all: both frequency factors are then 0.
/// </summary>
/// <param name="Factor">The stretch, <c>factor</c>; above 0.</param>
/// <param name="LowFrequencyFactor"><c>low_freq_factor</c>.</param>
/// <param name="HighFrequencyFactor"><c>high_freq_factor</c>.</param>
/// <param name="OriginalContextLength"><c>original_max_position_embeddings</c>.</param>
public sealed record RopeScaling(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalContextLength);
