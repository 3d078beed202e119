namespace Speculative;

/// <summary>The sizes and switches of a Llama-family decoder: one configurable block serves Llama 2/3, Mistral, Qwen2 and Qwen3.</summary>
/// <remarks>Field names follow config.json in words.</remarks>
public sealed record ModelConfig
{
    /// <summary>The family as config.json names it: <c>llama</c>, <c>mistral</c>, <c>qwen2</c> or <c>qwen3</c>.</summary>
    public required string ModelType { get; init; }

    /// <summary>Token ids, <c>vocab_size</c>.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Width of the residual stream, <c>hidden_size</c>.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width of the feed-forward block, <c>intermediate_size</c>.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Decoder blocks, <c>num_hidden_layers</c>.</summary>
    public required int LayerCount { get; init; }

    /// <summary>Query heads, <c>num_attention_heads</c>; a multiple of <see cref="KeyValueHeadCount"/>.</summary>
    public required int HeadCount { get; init; }

    /// <summary>Key and value heads, <c>num_key_value_heads</c>.</summary>
    public required int KeyValueHeadCount { get; init; }

    /// <summary>Width of one head, <c>head_dim</c> or hidden size / heads; even.</summary>
    public required int HeadSize { get; init; }

    /// <summary>The most positions, <c>max_position_embeddings</c>.</summary>
    public required int MaxContextLength { get; init; }

    /// <summary>Added to the mean square in RMS norm, <c>rms_norm_eps</c>.</summary>
    public float NormEpsilon { get; init; } = 1e-5f;

    /// <summary>Base of the rotary frequencies, <c>rope_theta</c>.</summary>
    public double RopeTheta { get; init; } = 10000;

    /// <summary>How rotary frequencies are stretched for long contexts; null for plain rotary positions.</summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>
    /// What each rotary frequency is divided by, half a head size of them, all above 0; null for 1. GGUF files hold Llama 3's stretching
    /// in this form.
    /// </summary>
    public IReadOnlyList<float>? RopeDivisors { get; init; }

    /// <summary>The head shares the embedding's weights, <c>tie_word_embeddings</c>.</summary>
    public bool TiedEmbeddings { get; init; }

    /// <summary>Query, key and value products have a bias (Qwen2).</summary>
    public bool QueryKeyValueBias { get; init; }

    /// <summary>Queries and keys pass an RMS norm per head before the rotation (Qwen3).</summary>
    public bool QueryKeyNorm { get; init; }

    /// <summary>The id that begins a text, <c>bos_token_id</c>; null if the family has none.</summary>
    public int? BeginTokenId { get; init; }

    /// <summary>The ids that end an answer, <c>eos_token_id</c> of generation_config.json or config.json; may be empty.</summary>
    public IReadOnlyList<int> EndTokenIds { get; init; } = [];

    /// <summary>
    /// The layers after which the model was trained to stop as well, <c>exit_layers</c>; ascending, each below <see cref="LayerCount"/>,
    /// empty for most models. The final norm and the head are shared.
    /// </summary>
    public IReadOnlyList<int> ExitLayers { get; init; } = [];

    /// <summary>Width of all query heads together.</summary>
    public int QuerySize => HeadCount * HeadSize;

    /// <summary>Width of all key heads together, and of all value heads.</summary>
    public int KeyValueSize => KeyValueHeadCount * HeadSize;

    /// <summary>Throws where no engine can compute with these sizes.</summary>
    /// <exception cref="ModelFormatException">They are impossible.</exception>
    internal void ThrowIfImpossible()
    {
        if (!ExitLayers.Zip([.. ExitLayers.Skip(1), LayerCount]).All(exits => exits.First > 0 && exits.First < exits.Second))
            throw new ModelFormatException(
                $"The model's exits are impossible: expected ascending layers from 1 to {LayerCount - 1}, found "
                + $"{string.Join(", ", ExitLayers)}.");
        int least = new[]
        {
            VocabularySize, HiddenSize, IntermediateSize, LayerCount, HeadCount, KeyValueHeadCount, MaxContextLength,
        }.Min();
        if (least < 1 || HeadSize < 2 || HeadSize % 2 != 0 || HeadCount % KeyValueHeadCount != 0)
            throw new ModelFormatException(
                "The model's sizes are impossible: expected positive sizes, an even head size and heads that are a multiple of the "
                + $"key/value heads, found {this}.");
        if (RopeDivisors is { } divisors
            && (divisors.Count != HeadSize / 2 || divisors.Any(divisor => !float.IsFinite(divisor) || divisor <= 0)))
            throw new ModelFormatException($"The model's rotary divisors are impossible: expected {HeadSize / 2} finite numbers above "
                + $"0, found {divisors.Count}, the least {divisors.DefaultIfEmpty().Min()}.");
    }
}
