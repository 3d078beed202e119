using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Speculative;

/// <summary>
/// What a file of packed weights says about itself. The file is a safetensors file: its tensors are the model's vectors and embedding as
/// they were stored, and each matrix's panels as bytes [panels][groups][bytes of a group]; its metadata is this.
/// </summary>
/// <param name="Precision">The panels' number format.</param>
/// <param name="Source">The SHA-256 of the weights that were packed.</param>
/// <param name="Sizes">Each matrix's outputs and inputs, as "1024 384".</param>
sealed record PackedHeader(Precision Precision, string Source, IReadOnlyDictionary<string, string> Sizes)
{
    const string Format = "speculative-panels", Version = "1", Checksum = "checksum", Panels = ".panels";

    static string Layout => $"{PanelLayout.Panel} {PanelLayout.Group}";

    /// <summary>The tensor that holds a matrix's panels.</summary>
    public static string PanelsOf(string name) => name + Panels;

    public static string Size(int rows, int columns) => string.Create(CultureInfo.InvariantCulture, $"{rows} {columns}");

    /// <summary>The metadata to write beside these tensors.</summary>
    public SortedDictionary<string, string> ToMetadata(IReadOnlyDictionary<string, StoredTensor> tensors)
    {
        SortedDictionary<string, string> metadata = new(StringComparer.Ordinal)
        {
            ["format"] = Format,
            ["version"] = Version,
            ["layout"] = Layout,
            ["precision"] = Name(Precision),
            ["source"] = Source,
        };
        foreach ((string name, string size) in Sizes)
            metadata.Add(PanelsOf(name), size);
        metadata.Add(Checksum, Sum(metadata, tensors));
        return metadata;
    }

    /// <summary>Reads and checks the metadata of a file.</summary>
    public static PackedHeader Read(
        string file, IReadOnlyDictionary<string, string> metadata, IReadOnlyDictionary<string, StoredTensor> tensors)
    {
        Require("format", Format);
        Require("version", Version);
        Require("layout", Layout);
        Require(Checksum, Sum(metadata, tensors));
        string found = metadata.GetValueOrDefault("precision", "");
        Precision precision = PanelFormats.Precisions.FirstOrDefault(known => Name(known) == found);
        if (precision == Precision.AsStored)
            throw new ModelFormatException($"{file}: precision: expected f32, bf16, int8 or int4, found '{found}'.");
        return new(precision, metadata.GetValueOrDefault("source", ""), metadata
            .Where(pair => pair.Key.EndsWith(Panels, StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key[..^Panels.Length], pair => pair.Value));

        void Require(string key, string expected)
        {
            if (metadata.GetValueOrDefault(key, "none") is var value && value != expected)
                throw new ModelFormatException($"{file}: {key}: expected {expected}, found {value}: pack the weights again.");
        }
    }

    static string Name(Precision precision) => precision.ToString().ToLowerInvariant();

    /// <summary>The SHA-256 of all that the header says, in one order; the weights themselves are not read.</summary>
    static string Sum(IEnumerable<KeyValuePair<string, string>> metadata, IReadOnlyDictionary<string, StoredTensor> tensors)
    {
        StringBuilder text = new();
        foreach ((string key, string value) in metadata
            .Where(pair => pair.Key != Checksum).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            text.Append(key).Append('=').Append(value).Append('\n');
        }
        long start = tensors.Values.Select(tensor => tensor.Offset).DefaultIfEmpty().Min();
        foreach ((string name, StoredTensor tensor) in tensors.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            text.Append(CultureInfo.InvariantCulture,
                $"{name} {tensor.Type} [{string.Join(' ', tensor.Shape)}] {tensor.Offset - start} {tensor.Length}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
