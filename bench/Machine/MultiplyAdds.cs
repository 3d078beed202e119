namespace Speculative.Bench.Machine;

/// <summary>The multiply-adds of a row in a model's matrix products: one for each of their weights.</summary>
static class MultiplyAdds
{
    /// <summary>Those of all decoder blocks.</summary>
    public static double Blocks(ModelConfig config) => config.LayerCount * (double)config.HiddenSize
        * (2L * config.QuerySize + 2L * config.KeyValueSize + 3L * config.IntermediateSize);

    /// <summary>Those of the head.</summary>
    public static double Head(ModelConfig config) => (double)config.HiddenSize * config.VocabularySize;
}
