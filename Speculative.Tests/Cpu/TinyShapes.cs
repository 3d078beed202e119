namespace Speculative.Tests;

/// <summary>Small models that together use every switch of the block and sizes that fill no vector.</summary>
static class TinyShapes
{
    public static readonly ModelConfig Llama = new()
    {
        ModelType = "llama",
        HiddenSize = 64,
        LayerCount = 2,
        IntermediateSize = 96,
        HeadCount = 4,
        KeyValueHeadCount = 2,
        HeadSize = 16,
        VocabularySize = 97,
        MaxContextLength = 256,
        TiedEmbeddings = true,
    };

    public static readonly ModelConfig Odd = Llama with
    {
        HiddenSize = 45,
        IntermediateSize = 71,
        HeadCount = 3,
        KeyValueHeadCount = 3,
        HeadSize = 14,
        VocabularySize = 61,
        TiedEmbeddings = false,
    };

    public static readonly ModelConfig Qwen2 = Llama with
    {
        ModelType = "qwen2",
        QueryKeyValueBias = true,
        HeadCount = 6,
        KeyValueHeadCount = 1,
        HeadSize = 20,
    };

    public static readonly ModelConfig Qwen3 = Llama with
    {
        ModelType = "qwen3",
        QueryKeyNorm = true,
        HeadSize = 32,
        TiedEmbeddings = false,
    };

    public static readonly ModelConfig Llama3 = Llama with { RopeTheta = 500000, RopeScaling = new(8, 1, 4, 64), KeyValueHeadCount = 4 };

    public static readonly ModelConfig Linear = Llama with { RopeScaling = new(4, 0, 0, 64), IntermediateSize = 100 };

    public static ModelConfig Named(string name) => name switch
    {
        nameof(Llama) => Llama,
        nameof(Odd) => Odd,
        nameof(Qwen2) => Qwen2,
        nameof(Qwen3) => Qwen3,
        nameof(Llama3) => Llama3,
        nameof(Linear) => Linear,
        _ => throw new ArgumentException($"No shape {name}.", nameof(name)),
    };
}
