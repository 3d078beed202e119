namespace Speculative.Bench.Machine;

/// <summary>Passes weights on and counts them: how many bytes an engine has to read for a pass, and in which format they are.</summary>
/// <param name="weights">The real source; disposed with this.</param>
sealed class MeteredWeights(IWeightSource weights) : IWeightSource
{
    const string Embedding = "model.embed_tokens.weight";

    readonly Dictionary<string, Weight> asked = [];

    public ModelConfig Config => weights.Config;

    /// <summary>The bytes that a pass reads: all weights, the embedding only where it is the head too.</summary>
    public long BytesPerPass =>
        asked.Where(weight => weight.Key != Embedding || Config.TiedEmbeddings).Sum(weight => weight.Value.ByteLength);

    /// <summary>The number format of the largest weight.</summary>
    public ElementType Type => asked.Values.MaxBy(weight => weight.ByteLength).Type;

    public Weight GetWeight(string name, int rows, int columns) => asked[name] = weights.GetWeight(name, rows, columns);

    public void Dispose() => weights.Dispose();
}
