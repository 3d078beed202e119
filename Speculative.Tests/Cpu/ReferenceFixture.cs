using System.Runtime.InteropServices;
using System.Text.Json;

namespace Speculative.Tests;

/// <summary>A tiny model folder and the logits that another implementation gives for it; made by Fixtures/make_fixtures.py.</summary>
sealed class ReferenceFixture
{
    readonly float[] logits;

    public ReferenceFixture(string name)
    {
        Folder = Path.Combine(RepositoryFolder.Root, "Speculative.Tests", "Fixtures", name);
        using JsonDocument reference = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "reference.json")));
        Tokens = Integers(reference.RootElement.GetProperty("tokens"));
        JsonElement tree = reference.RootElement.GetProperty("tree");
        PrefixLength = tree.GetProperty("prefix").GetInt32();
        TreeTokens = Integers(tree.GetProperty("tokens"));
        TreeParents = Integers(tree.GetProperty("parents"));
        logits = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(Folder, "logits.bin"))).ToArray();
        VocabularySize = logits.Length / (Tokens.Length + TreeTokens.Length);
        Tolerance = 1e-5f * (logits.Max() - logits.Min());
    }

    public string Folder { get; }

    public int VocabularySize { get; }

    /// <summary>The sequence; row i of <see cref="AfterToken"/> follows its token i.</summary>
    public int[] Tokens { get; }

    /// <summary>The tree stands on this many tokens of the sequence; its root is the next one.</summary>
    public int PrefixLength { get; }

    public int[] TreeTokens { get; }

    public int[] TreeParents { get; }

    /// <summary>
    /// How far apart two correct float32 implementations may be: 1e-5 of the range of all logits. The reference itself is up to 1e-6 of the
    /// range away from float64, since sums run in another order; a wrong rotation, head, mask, norm or bias moves rows by percents.
    /// </summary>
    public float Tolerance { get; }

    public ReadOnlySpan<float> AfterToken(int index) => logits.AsSpan(index * VocabularySize, VocabularySize);

    public ReadOnlySpan<float> AfterNode(int node) => AfterToken(Tokens.Length + node);

    static int[] Integers(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetInt32())];
}
