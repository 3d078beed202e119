using TorchSharp;
using static TorchSharp.torch;

namespace StarterTrain;

/// <summary>Starts a model from a smaller trained one, which it agrees with at first.</summary>
static class Growth
{
    const double Noise = 0.25;

    /// <summary>Fills <paramref name="model"/> from the safetensors of a model folder: one of half its width, or of its own.</summary>
    public static void From(string folder, Llama model)
    {
        using var _ = no_grad();
        var small = Safetensors.Read(Path.Combine(folder, "model.safetensors"));
        if (small["model.norm.weight"].shape[0] == model.Shape.Hidden)
            Extend(small, model);
        else
            Widen(small, model);
    }

    /// <summary>
    /// Of the same depth and half the width: every unit exists twice and every matrix reads the mean of the copies, so that the wide model
    /// says what the small one said, to the bit pattern's rounding (HyperCloning, arXiv 2409.12903, section 3). The copies of an input
    /// carry opposite noise, which the sum cancels, so that training can drive them apart.
    /// </summary>
    static void Widen(Dictionary<string, Tensor> small, Llama wide)
    {
        Set(wide, "embed", Twice(small["model.embed_tokens.weight"], 1));
        Set(wide, "norm", Twice(small["model.norm.weight"], 0) / 2); // the tied head sums both copies
        for (int layer = 0; layer < wide.Shape.Layers; layer++)
        {
            Tensor Part(string name) => small[$"model.layers.{layer}.{name}.weight"];
            Set(wide, $"{layer}.attention_norm", Twice(Part("input_layernorm"), 0));
            Set(wide, $"{layer}.query_key_value",
                cat([.. new[] { "q", "k", "v" }.Select(part => Both(Part($"self_attn.{part}_proj")))], 0));
            Set(wide, $"{layer}.output", Both(Part("self_attn.o_proj")));
            Set(wide, $"{layer}.feed_forward_norm", Twice(Part("post_attention_layernorm"), 0));
            Set(wide, $"{layer}.gate_up", cat([Both(Part("mlp.gate_proj")), Both(Part("mlp.up_proj"))], 0));
            Set(wide, $"{layer}.down", Both(Part("mlp.down_proj")));
        }
    }

    /// <summary>
    /// Of the same width, with fewer layers and a narrower feed-forward block: what is new keeps its random weights where it reads and is
    /// zero where it writes to the residual rows, so that it says nothing at first and learns from the first step on (after LLaMA Pro,
    /// arXiv 2401.02415, section 3.2). New layers come last, which keeps the exits.
    /// </summary>
    static void Extend(Dictionary<string, Tensor> small, Llama model)
    {
        Set(model, "embed", small["model.embed_tokens.weight"]);
        Set(model, "norm", small["model.norm.weight"]);
        for (int layer = 0; layer < model.Shape.Layers; layer++)
        {
            if (!small.ContainsKey($"model.layers.{layer}.input_layernorm.weight"))
            {
                model.Parameters[$"{layer}.output"].zero_();
                model.Parameters[$"{layer}.down"].zero_();
                continue;
            }
            Tensor Part(string name) => small[$"model.layers.{layer}.{name}.weight"];
            Set(model, $"{layer}.attention_norm", Part("input_layernorm"));
            Set(model, $"{layer}.query_key_value", cat([.. new[] { "q", "k", "v" }.Select(part => Part($"self_attn.{part}_proj"))], 0));
            Set(model, $"{layer}.output", Part("self_attn.o_proj"));
            Set(model, $"{layer}.feed_forward_norm", Part("post_attention_layernorm"));
            var halves = model.Parameters[$"{layer}.gate_up"].chunk(2, 0);
            Set(model, $"{layer}.gate_up", cat([Below(Part("mlp.gate_proj"), halves[0], 0), Below(Part("mlp.up_proj"), halves[1], 0)], 0));
            Set(model, $"{layer}.down", Below(Part("mlp.down_proj"), zeros_like(model.Parameters[$"{layer}.down"]), 1));
        }
    }

    /// <summary>The first part of a dimension from one tensor, the rest from a longer one.</summary>
    static Tensor Below(Tensor first, Tensor rest, int dimension)
    {
        long taken = first.shape[dimension];
        return cat([first, rest.narrow(dimension, taken, rest.shape[dimension] - taken)], dimension);
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
            throw new InvalidDataException(
                $"{name}: expected [{string.Join(", ", parameter.shape)}], the smaller model gives [{string.Join(", ", value.shape)}].");
        parameter.copy_(value);
    }
}
