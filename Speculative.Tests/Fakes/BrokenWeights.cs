using System.Runtime.InteropServices;

namespace Speculative.Tests;

/// <summary>Random weights, but for one tensor: by default the final norm is NaN.</summary>
sealed unsafe class BrokenWeights(ModelConfig config, string tensor = "model.norm.weight", float number = float.NaN) : IWeightSource
{
    readonly RandomWeights weights = new(config, ElementType.F32);

    public ModelConfig Config => config;

    public Weight GetWeight(string name, int rows, int columns)
    {
        Weight weight = weights.GetWeight(name, rows, columns);
        if (name == tensor)
            MemoryMarshal.Cast<byte, float>(new Span<byte>((void*)weight.Data, (int)weight.ByteLength)).Fill(number);
        return weight;
    }

    public void Dispose() => weights.Dispose();
}
