using System.Runtime.InteropServices;

namespace Speculative.Tests;

/// <summary>Random weights whose final norm is NaN.</summary>
sealed unsafe class BrokenWeights(ModelConfig config) : IWeightSource
{
    readonly RandomWeights weights = new(config, ElementType.F32);

    public ModelConfig Config => config;

    public Weight GetWeight(string name, int rows, int columns)
    {
        Weight weight = weights.GetWeight(name, rows, columns);
        if (name == "model.norm.weight")
            MemoryMarshal.Cast<byte, float>(new Span<byte>((void*)weight.Data, (int)weight.ByteLength)).Fill(float.NaN);
        return weight;
    }

    public void Dispose() => weights.Dispose();
}
