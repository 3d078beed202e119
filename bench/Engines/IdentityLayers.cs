using System.Runtime.InteropServices;

namespace Speculative.Bench.Engines;

/// <summary>
/// A model with more layers that change nothing: what their attention and feed-forward blocks add to the rows is multiplied by zeros. It
/// says bit for bit what the model itself says, at the cost of a larger one: so drafters are measured with a real target's acceptance and
/// a large target's passes in one run.
/// </summary>
/// <remarks>
/// Block expansion, Wu et al., "LLaMA Pro: Progressive LLaMA with Block Expansion", arXiv 2401.02415, section 3.2, at the end of the model.
/// The other weights of an added layer are those of a layer of the model, copied: engines use weights where they lie, and layers that
/// shared them would be read from a cache.
/// </remarks>
sealed unsafe class IdentityLayers : IWeightSource
{
    static readonly string[] Adding = ["self_attn.o_proj.weight", "mlp.down_proj.weight"];

    readonly Dictionary<string, Weight> copies = new(StringComparer.Ordinal);

    /// <summary>Adds layers to a model.</summary>
    /// <param name="source">The model; disposed with this.</param>
    /// <param name="count">How many; at least 1.</param>
    public IdentityLayers(IWeightSource source, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Source = source;
        Config = source.Config with { LayerCount = checked(source.Config.LayerCount + count) };
    }

    /// <summary>The model itself.</summary>
    public IWeightSource Source { get; }

    public ModelConfig Config { get; }

    public Weight GetWeight(string name, int rows, int columns)
    {
        int layers = Source.Config.LayerCount;
        if (name.Split('.', 4) is not ["model", "layers", var number, var rest] || !int.TryParse(number, out int layer) || layer < layers)
            return Source.GetWeight(name, rows, columns);
        Weight original = Source.GetWeight($"model.layers.{layer % layers}.{rest}", rows, columns);
        if (!copies.TryGetValue(name, out Weight copy))
        {
            copy = original with { Data = (nint)NativeMemory.AlignedAlloc((nuint)original.ByteLength, 64) };
            copies.Add(name, copy);
            if (Adding.Contains(rest))
                NativeMemory.Clear((void*)copy.Data, (nuint)copy.ByteLength); // zero in every format
            else
                NativeMemory.Copy((void*)original.Data, (void*)copy.Data, (nuint)copy.ByteLength);
        }
        return copy;
    }

    public void Dispose()
    {
        foreach (Weight copy in copies.Values)
            NativeMemory.AlignedFree((void*)copy.Data);
        copies.Clear();
        Source.Dispose();
    }
}
