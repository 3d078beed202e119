using System.Text;

namespace Speculative;

/// <summary>The bytes of every token, built once.</summary>
sealed class TokenTable
{
    readonly byte[] bytes;
    readonly int[] starts;

    public TokenTable(IReadOnlyDictionary<string, int> vocabulary, IReadOnlyList<AddedToken> added, Func<string, byte[]> decode)
    {
        Count = Math.Max(vocabulary.Values.DefaultIfEmpty(-1).Max(), added.Select(token => token.Id).DefaultIfEmpty(-1).Max()) + 1;
        byte[]?[] table = new byte[Count][];
        foreach ((string token, int id) in vocabulary)
            table[id] = decode(token);
        foreach (AddedToken token in added)
            table[token.Id] = token.IsSpecial ? [] : Encoding.UTF8.GetBytes(token.Content);
        starts = new int[Count + 1];
        for (int i = 0; i < Count; i++)
            starts[i + 1] = starts[i] + (table[i]?.Length ?? 0);
        bytes = new byte[starts[Count]];
        for (int i = 0; i < Count; i++)
            table[i]?.CopyTo(bytes, starts[i]);
    }

    public int Count { get; }

    public ReadOnlySpan<byte> this[int tokenId] =>
        (uint)tokenId < (uint)Count ? bytes.AsSpan(starts[tokenId], starts[tokenId + 1] - starts[tokenId]) : [];
}
