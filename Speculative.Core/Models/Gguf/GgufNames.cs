namespace Speculative;

/// <summary>What GGUF calls the tensors of a Llama-family model that engines ask for by their Hugging Face names.</summary>
static class GgufNames
{
    public const string Embedding = "token_embd.weight", Head = "output.weight", RopeDivisors = "rope_freqs.weight";

    static readonly Dictionary<string, string> tensors = new()
    {
        ["model.embed_tokens.weight"] = Embedding,
        ["model.norm.weight"] = "output_norm.weight",
        ["lm_head.weight"] = Head,
    };

    static readonly Dictionary<string, string> layerTensors = new()
    {
        ["input_layernorm.weight"] = "attn_norm.weight",
        ["self_attn.q_proj.weight"] = "attn_q.weight",
        ["self_attn.k_proj.weight"] = "attn_k.weight",
        ["self_attn.v_proj.weight"] = "attn_v.weight",
        ["self_attn.q_proj.bias"] = "attn_q.bias",
        ["self_attn.k_proj.bias"] = "attn_k.bias",
        ["self_attn.v_proj.bias"] = "attn_v.bias",
        ["self_attn.q_norm.weight"] = "attn_q_norm.weight",
        ["self_attn.k_norm.weight"] = "attn_k_norm.weight",
        ["self_attn.o_proj.weight"] = "attn_output.weight",
        ["post_attention_layernorm.weight"] = "ffn_norm.weight",
        ["mlp.gate_proj.weight"] = "ffn_gate.weight",
        ["mlp.up_proj.weight"] = "ffn_up.weight",
        ["mlp.down_proj.weight"] = "ffn_down.weight",
    };

    static readonly HashSet<string> known = [.. layerTensors.Values, "attn_rot_embd.weight"];

    /// <summary>Of <c>model.layers.0.self_attn.q_proj.weight</c> it is <c>blk.0.attn_q.weight</c>; null for unknown names.</summary>
    public static string? Find(string name)
    {
        if (tensors.TryGetValue(name, out string? own))
            return own;
        string[] parts = name.Split('.', 4);
        return parts is ["model", "layers", var layer, var rest] && layerTensors.TryGetValue(rest, out string? tensor)
            ? $"blk.{layer}.{tensor}" : null;
    }

    /// <summary>A layer's tensor that no engine here asks for: to leave it out would change what the model says.</summary>
    public static bool WouldBeIgnored(string ggufName) =>
        ggufName.Split('.', 3) is ["blk", _, var tensor] && !known.Contains(tensor);
}
