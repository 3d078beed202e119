using System.Text;
using Speculative.Bench;
using Speculative.Bench.Comparing;

namespace Speculative.Tests;

/// <summary>A model over letters: a prompt's tokens are its characters modulo the vocabulary.</summary>
static class BenchFakes
{
    public const int VocabularySize = 23;

    public static LoadedModel Model(int maxContextLength = 512) => new(
        "table",
        new TableModel(VocabularySize, maxContextLength: maxContextLength),
        turns => [.. string.Join(' ', turns).Select(character => character % VocabularySize)],
        new Letters(),
        [0]);

    public static Contestant Contestant(string name, Func<IDrafter> create) => new(name, () => _ => create());

    sealed class Letters : ITokenDecoder
    {
        static readonly byte[] Bytes = Encoding.ASCII.GetBytes(".abcdefghijklmnopqrstuvwxyz");

        public ReadOnlySpan<byte> Decode(int tokenId) => Bytes.AsSpan(tokenId, 1);
    }
}

/// <summary>Drafts the same few tokens below the root, always.</summary>
sealed class FewTokensDrafter(int count) : IDrafter
{
    public void Start(ReadOnlySpan<int> promptTokenIds) { }

    public void Draft(ReadOnlySpan<int> contextTokenIds, DraftTree tree)
    {
        for (int tokenId = 1; tokenId <= count && tree.Room > 0; tokenId++)
            tree.Add(0, tokenId);
    }

    public void Observe(in VerifiedStep verified) { }

    public void Dispose() { }
}
