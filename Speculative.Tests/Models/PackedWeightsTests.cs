using System.Text;
using System.Text.Json.Nodes;

namespace Speculative.Tests;

public sealed class PackedWeightsTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("speculative-").FullName;

    string PackedPath => Path.Combine(folder, PackedFile.FileName);

    public static MatrixTheoryData<string, Precision> NamesAndPrecisions() =>
        new(["llama", "llama3", "mistral", "qwen2", "qwen3"], PanelFormats.Precisions);

    public static TheoryData<Precision> Precisions() => [.. PanelFormats.Precisions];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(NamesAndPrecisions))]
    public void Write_AnyFamilyAndPrecision_GivesTheBitsOfPackingAtLoad(string name, Precision precision)
    {
        ReferenceFixture fixture = new(name);
        Pack(fixture.Folder, precision);
        using CpuModel expected = new(ModelFolder.Open(fixture.Folder), new() { Precision = precision });
        foreach (Precision asked in (Precision[])[precision, Precision.AsStored, Precision.StoredPanels])
        {
            using CpuModel packed = new(ModelFolder.Open(folder), new() { Precision = asked });
            Assert.Equal(precision, packed.Precision);
            Assert.Equal(expected.WeightFormat, packed.WeightFormat);
            Assert.Equal(expected.BytesPerPass, packed.BytesPerPass);
            Assert.Equal(Rows(expected, fixture.Tokens), Rows(packed, fixture.Tokens));
        }
    }

    [Fact]
    public void Open_InAnotherPrecision_IsRefused()
    {
        Pack(new ReferenceFixture("llama").Folder, Precision.Int8);
        string message = Assert.Throws<ModelFormatException>(
            () => new CpuModel(ModelFolder.Open(folder), new() { Precision = Precision.Int4 })).Message;
        Assert.Contains("packed as Int8, but Int4", message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Precisions))]
    public unsafe void GetWeight_OfAPackedMatrix_HoldsTheNumbersOfItsPanels(Precision precision)
    {
        const string name = "model.layers.0.mlp.up_proj.weight";
        Pack(new ReferenceFixture("llama").Folder, precision);
        using ModelFolder packed = ModelFolder.Open(folder);
        Weight weight = packed.GetWeight(name, 48, 32);
        Assert.Equal((PanelFormats.Stored(precision), 48, 32), (weight.Type, weight.Rows, weight.Columns));
        byte[] panels = new byte[PanelFormats.ByteLength(precision, 48, 32)];
        fixed (byte* target = panels)
            PanelFormats.Pack(precision, weight, target);
        int full = PanelFormats.GroupBytes(precision); // the second panel's last 16 outputs are filled up
        Assert.Equal(new ReadOnlySpan<byte>(packed.Packed!.Panels(name, 48, 32), full).ToArray(), panels[..full]);
        Assert.Equal(weight, packed.GetWeight(name, 48, 32)); // once
        string message = Assert.Throws<ModelFormatException>(() => packed.GetWeight(name, 32, 48)).Message;
        Assert.Contains("expected panels of a matrix 32 48", message, StringComparison.Ordinal);
    }

    [Fact]
    public void GetWeight_OfInputsThatFillNoBlock_SaysWhereTheNumbersAre()
    {
        Pack(new ReferenceFixture("llama").Folder, Precision.Int8);
        using ModelFolder packed = ModelFolder.Open(folder);
        string message = Assert.Throws<ModelFormatException>(() => packed.GetWeight("model.layers.0.mlp.down_proj.weight", 32, 48)).Message;
        Assert.Contains("blocks of 32", message, StringComparison.Ordinal);
        Assert.Contains("found 48: open the folder that they were packed from", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_FromOrOverOtherWeights_IsRefused()
    {
        string source = new ReferenceFixture("llama").Folder;
        Pack(source, Precision.Int8);
        Pack(source, Precision.Int4); // its own file may be replaced
        using ModelFolder packed = ModelFolder.Open(folder), stored = ModelFolder.Open(source);
        Assert.Throws<ModelFormatException>(() => PackedWeights.Write(packed, Precision.Int8, folder));
        Assert.Throws<ArgumentException>(() => PackedWeights.Write(stored, Precision.Int8, source));
        Assert.Throws<ArgumentOutOfRangeException>(() => PackedWeights.Write(stored, Precision.AsStored, folder));
        string other = Path.Combine(folder, "cancelled");
        Assert.Throws<OperationCanceledException>(() => PackedWeights.Write(stored, Precision.Int8, other, new(canceled: true)));
        Assert.DoesNotContain(Directory.GetFiles(other), file => file.Contains("safetensors", StringComparison.Ordinal));
        Assert.Equal([Path.GetFileName(PackedPath)], Directory.GetFiles(folder, "*packed*").Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("\"version\":\"1\"", "\"version\":\"2\"", "version: expected 1, found 2")]
    [InlineData("\"layout\":\"32 32\"", "\"layout\":\"64 32\"", "layout: expected 32 32, found 64 32")]
    [InlineData("speculative-panels", "speculative-pebble", "format: expected speculative-panels")]
    [InlineData("\"precision\":\"int8\"", "\"precision\":\"int4\"", "checksum")]
    [InlineData("k_proj.weight.panels\":{", "v_proj.weight.panels\":{", "JSON")]
    public void Open_OtherHeader_NamesTheFault(string text, string other, string named)
    {
        Pack(new ReferenceFixture("llama").Folder, Precision.Int8);
        byte[] bytes = File.ReadAllBytes(PackedPath);
        string header = Encoding.Latin1.GetString(bytes);
        int at = header.IndexOf(text, StringComparison.Ordinal);
        File.WriteAllBytes(PackedPath, Encoding.Latin1.GetBytes(header[..at] + other + header[(at + text.Length)..]));
        string message = Assert.Throws<ModelFormatException>(() => ModelFolder.Open(folder)).Message;
        Assert.Contains(PackedFile.FileName, message, StringComparison.Ordinal);
        Assert.Contains(named, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OtherSizesInTheConfiguration_AreRefused()
    {
        Pack(new ReferenceFixture("llama").Folder, Precision.Int8);
        string config = Path.Combine(folder, "config.json");
        JsonNode sizes = JsonNode.Parse(File.ReadAllText(config))!;
        sizes["intermediate_size"] = (int)sizes["intermediate_size"]! - 1;
        File.WriteAllText(config, sizes.ToJsonString());
        string message = Assert.Throws<ModelFormatException>(() => new CpuModel(ModelFolder.Open(folder))).Message;
        Assert.Contains("expected panels of a matrix", message, StringComparison.Ordinal);
    }

    void Pack(string source, Precision precision)
    {
        using ModelFolder stored = ModelFolder.Open(source);
        Assert.Equal(PackedPath, PackedWeights.Write(stored, precision, folder));
    }

    static float[][] Rows(CpuModel model, int[] tokens)
    {
        using ICausalSequence sequence = model.CreateSequence(model.MaxContextLength);
        IModelOutput output = sequence.Prefill(tokens);
        return [.. tokens.Select((_, node) =>
        {
            float[] row = new float[model.VocabularySize];
            output.CopyLogits(node, row);
            return row;
        })];
    }
}
