namespace Speculative;

/// <summary>Layers between two exits.</summary>
/// <param name="First">The first layer.</param>
/// <param name="End">The layer after the last.</param>
readonly record struct LayerRange(int First, int End)
{
    /// <summary>The layers up to the first exit, from there to the second, and so on.</summary>
    public static LayerRange[] Between(IReadOnlyList<int> exitLayers) =>
        [.. exitLayers.Select((end, exit) => new LayerRange(exit == 0 ? 0 : exitLayers[exit - 1], end))];
}
