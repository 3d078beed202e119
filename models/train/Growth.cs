using TorchSharp;
using static TorchSharp.torch;

namespace StarterTrain;

/// <summary>
/// Starts a wide model from a trained one of the same depth and half the width: every unit exists twice and every matrix reads the mean of the
/// copies, so that the wide model says what the small one said, to the bit pattern's rounding (HyperCloning, arXiv 2409.12903, section 3). The
/// copies of an input carry opposite noise, which the sum cancels, so that training can drive them apart.
/// </summary>
static class Growth
{
    const double Noise = 0.25;

    /// <summary>Fills <paramref name="wide"/> from the safetensors of the model folder <paramref name="folder"/>.</summary>
    public static void Widen(string folder, Llama wide)
    {
        using var _ = no_grad();
        var small = Safetensors.Read(Path.Combine(folder, "model.safetensors"));
        Set(wide, "embed", Twice(small["model.embed_tokens.weight"], 1));
        Set(wide, "norm", Twice(small["model.norm.weight"], 0) / 2); // the tied head sums both copies
        for (int layer = 0; layer < wide.Shape.Layers; layer++)
        {
            Tensor Part(string name) => small[$"model.layers.{layer}.{name}.weight"];
            Set(wide, $"{layer}.attention_norm", Twice(Part("input_layernorm"), 0));
            Set(wide, $"{layer}.query_key_value", cat([.. new[] { "q", "k", "v" }.Select(part => Both(Part($"self_attn.{part}_proj")))], 0));
            Set(wide, $"{layer}.output", Both(Part("self_attn.o_proj")));
            Set(wide, $"{layer}.feed_forward_norm", Twice(Part("post_attention_layernorm"), 0));
            Set(wide, $"{layer}.gate_up", cat([Both(Part("mlp.gate_proj")), Both(Part("mlp.up_proj"))], 0));
            Set(wide, $"{layer}.down", Both(Part("mlp.down_proj")));
        }
    }

    static Tensor Twice(Tensor x, int dimension) => cat([x, x], dimension);

    /// <summary>Outputs twice, inputs halved: [2 outputs, 2 inputs].</summary>
    static Tensor Both(Tensor x)
    {
        var half = Twice(x, 0) / 2;
        var noise = randn_like(half) * (Noise * half.std());
        return cat([half + noise, half - noise], 1);
    }

    static void Set(Llama model, string name, Tensor value)
    {
        var parameter = model.Parameters[name];
        if (!parameter.shape.SequenceEqual(value.shape))
            throw new InvalidDataException($"{name}: expected [{string.Join(", ", parameter.shape)}], a model of half the width gives [{string.Join(", ", value.shape)}].");
        parameter.copy_(value);
    }
}
