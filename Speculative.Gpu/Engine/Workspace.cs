using ILGPU;

namespace Speculative;

/// <summary>What a pass needs besides weights and cache: activations of up to <see cref="MaxRows"/> rows, shared by a model's
/// sequences.</summary>
sealed class Workspace : IDisposable
{
    /// <summary>The most rows of a pass; more nodes take several passes.</summary>
    public const int MaxRows = SkinnyProductKernel.MaxRows;

    /// <summary>The most pieces that <see cref="TensorAttention"/> cuts a chain of so many rows into.</summary>
    public const int MaxPieces = MaxRows / TensorAttention.Piece;

    readonly DeviceBuffer committed, tokens, residual, activations, partials, queries, mixed;

    public Workspace(GpuContext context, ModelConfig config, int maxPartials)
    {
        const string purpose = "The work space of a pass";
        committed = new(context, MaxPieces * sizeof(int), purpose);
        tokens = new(context, MaxRows * sizeof(int), purpose);
        residual = Rows(config.HiddenSize);
        activations = Rows(Widest(config));
        partials = Rows(maxPartials);
        queries = Rows(config.QuerySize);
        mixed = Rows(config.QuerySize);

        DeviceBuffer Rows(int floats) => new(context, MaxRows * sizeof(float) * (long)floats, purpose);
    }

    /// <summary>The tokens that are committed, or count as such, before each piece of the pass; [pieces].</summary>
    public ArrayView<int> Committed => committed.Integers;

    /// <summary>The tokens of the rows; [rows].</summary>
    public ArrayView<int> Tokens => tokens.Integers;

    /// <summary>The residual stream; [rows, hidden].</summary>
    public ArrayView<float> Residual => residual.Singles;

    /// <summary>What products leave; [splits, rows, outputs].</summary>
    public ArrayView<float> Partials => partials.Singles;

    /// <summary>Turned queries; [rows, heads, headDim].</summary>
    public ArrayView<float> Queries => queries.Singles;

    /// <summary>What attention gives; [rows, heads, headDim].</summary>
    public ArrayView<float> Mixed => mixed.Singles;

    /// <summary>What products read, in a format of theirs; [rows, inputs].</summary>
    public DeviceNumbers Activations(ElementType type) => activations.Numbers(type);

    /// <summary>Its bytes, with two sequences' logits of a full pass and a rotary table; an estimate, as partial sums depend on the
    /// device.</summary>
    public static long Bytes(ModelConfig config)
    {
        long product = Math.Max(config.QuerySize + 2 * config.KeyValueSize, 2 * config.IntermediateSize);
        long row = config.HiddenSize + Widest(config) + 2 * product + 2 * config.QuerySize;
        return sizeof(float) * (MaxRows * (row + 2L * (config.VocabularySize + config.HiddenSize))
            + (long)config.MaxContextLength * config.HeadSize);
    }

    public void Dispose()
    {
        foreach (DeviceBuffer buffer in (DeviceBuffer[])[committed, tokens, residual, activations, partials, queries, mixed])
            buffer.Dispose();
    }

    static int Widest(ModelConfig config) => Math.Max(config.HiddenSize, Math.Max(config.QuerySize, config.IntermediateSize));
}
