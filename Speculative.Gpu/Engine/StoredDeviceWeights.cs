using ILGPU;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>Weights of a model folder or file. Where they are wanted in another format than they are stored in, they are widened to F32,
/// exactly.</summary>
sealed unsafe class StoredDeviceWeights(Accelerator accelerator, IWeightSource source) : IDeviceWeights
{
    const string EmbeddingName = "model.embed_tokens.weight";
    const int StageBytes = 32 << 20;

    readonly PageLockedArray1D<byte> stage = accelerator.AllocatePageLocked1D<byte>(StageBytes);

    public ModelConfig Config => source.Config;

    public ElementType StoredType => source.GetWeight(EmbeddingName, Config.VocabularySize, Config.HiddenSize).Type;

    public Precision Resolve(Precision wanted) =>
        MatrixStore.Resolve(source, wanted) is (Precision.Int8 or Precision.Int4) and var packed ? packed : wanted;

    public ElementType TypeOf(string name, int rows, int columns) => source.GetWeight(name, rows, columns).Type;

    public void Write(AcceleratorStream stream, in TensorRows tensor, DeviceNumbers target) =>
        Send(stream, tensor, WeightOf(tensor), target.Type, (long)tensor.Columns * target.Size, target.Bytes);

    public void WriteStored(AcceleratorStream stream, in TensorRows tensor, ArrayView<byte> target)
    {
        Weight weight = WeightOf(tensor);
        Send(stream, tensor, weight, weight.Type, weight.RowByteLength, target);
    }

    public void Dispose()
    {
        stage.Dispose();
        source.Dispose();
    }

    Weight WeightOf(in TensorRows tensor) => source.GetWeight(tensor.Name, tensor.Rows, tensor.Columns);

    void Send(AcceleratorStream stream, in TensorRows tensor, Weight weight, ElementType type, long rowBytes, ArrayView<byte> target)
    {
        int atOnce = (int)Math.Max(1, StageBytes / rowBytes);
        for (int row = 0; row < tensor.Count; row += atOnce)
        {
            int count = Math.Min(atOnce, tensor.Count - row);
            Stage(weight, tensor.First + row, count, type);
            stage.ArrayView.SubView(0, count * rowBytes).CopyTo(stream, target.SubView(row * rowBytes, count * rowBytes));
            stream.Synchronize();
        }
    }

    void Stage(Weight weight, int first, int count, ElementType type)
    {
        Span<byte> target = stage.Span;
        if (weight.Type == type)
            new ReadOnlySpan<byte>((byte*)weight.Data + first * weight.RowByteLength, (int)(count * weight.RowByteLength)).CopyTo(target);
        else
            fixed (byte* rows = target)
                for (int row = 0; row < count; row++)
                    WeightRows.Widen(weight, first + row, (float*)rows + (long)row * weight.Columns);
    }
}
