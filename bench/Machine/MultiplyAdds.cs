namespace Speculative.Bench.Machine;

/// <summary>The multiply-adds of a row in a model's matrix products: one for each of their weights.</summary>
static class MultiplyAdds
{
    /// <summary>Those of all decoder blocks.</summary>
    public static double Blocks(ModelConfig config) => config.LayerCount * (double)config.HiddenSize
        * (2L * config.QuerySize + 2L * config.KeyValueSize + 3L * config.IntermediateSize);

    /// <summary>
    /// Those that a prompt needs in all decoder blocks: of the last one, every row but the last needs no more than its key and value.
    /// </summary>
    public static double Prompt(ModelConfig config, int length) =>
        length * Blocks(config) - (length - 1) * (double)config.HiddenSize * (2L * config.QuerySize + 3L * config.IntermediateSize);

    /// <summary>Those of the head.</summary>
    public static double Head(ModelConfig config) => (double)config.HiddenSize * config.VocabularySize;
}
