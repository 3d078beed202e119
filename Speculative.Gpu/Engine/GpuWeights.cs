using ILGPU.Runtime;

namespace Speculative;

/// <summary>All weights of a model on the device.</summary>
sealed class GpuWeights : IDisposable
{
    readonly List<IDisposable> owned = [];

    public GpuWeights(GpuContext context, IDeviceWeights weights, Precision precision, AcceleratorStream stream)
    {
        const string embeddingName = "model.embed_tokens.weight";
        ModelConfig config = weights.Config;
        using MatrixLoader loader = new(context, weights, precision, stream);
        try
        {
            (DeviceBuffer memory, Embedding) = loader.LoadTable(embeddingName, config.VocabularySize, config.HiddenSize);
            owned.Add(memory);
            Head = loader.Load(config.HiddenSize, (config.TiedEmbeddings ? embeddingName : "lm_head.weight", config.VocabularySize));
            owned.Add(Head);
            FinalNorm = loader.LoadVector(("model.norm.weight", config.HiddenSize));
            owned.Add(FinalNorm);
            for (int layer = 0; layer < config.LayerCount; layer++)
            {
                Layers.Add(new(loader, config, layer));
                owned.Add(Layers[^1]);
            }
            stream.Synchronize();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public DeviceNumbers Embedding { get; }

    public GpuMatrix Head { get; }

    public DeviceBuffer FinalNorm { get; }

    public List<GpuLayer> Layers { get; } = [];

    /// <summary>The bytes of all matrices that a pass with its head product reads.</summary>
    public long MatrixBytes => Head.ByteLength + Layers.Sum(layer => layer.Matrices.Sum(matrix => matrix.ByteLength));

    /// <summary>The partial sums of a row, at most; a head product that is not split goes past them.</summary>
    public int MaxPartials => Math.Max(
        Head.Splits > 1 ? Head.Splits * Head.Outputs : 0,
        Layers.SelectMany(layer => layer.Matrices).Max(matrix => matrix.Splits * matrix.Outputs));

    /// <summary>The bytes of a model's weights, work space of loading them included.</summary>
    public static long Bytes(ModelConfig config, ElementType stored, Precision precision)
    {
        int size = DeviceNumbers.SizeOf(MatrixLoader.OnDevice(stored));
        long table = (long)config.VocabularySize * config.HiddenSize * size;
        long layer = Matrix(config.HiddenSize, config.QuerySize + 2 * config.KeyValueSize) + Matrix(config.QuerySize, config.HiddenSize)
            + Matrix(config.HiddenSize, 2 * config.IntermediateSize) + Matrix(config.IntermediateSize, config.HiddenSize);
        return table + Matrix(config.HiddenSize, config.VocabularySize) + config.LayerCount * layer + MatrixLoader.SlabBytes / 2 * 3;

        long Matrix(int inputs, int outputs) => MatrixLoader.QuantizedFor(precision, stored) is { } format
            ? QuantizedProductKernel.PanelBytes(format, inputs, outputs)
            : (long)inputs * outputs * size;
    }

    public void Dispose()
    {
        owned.ForEach(item => item.Dispose());
        owned.Clear();
    }
}
