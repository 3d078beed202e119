namespace Speculative.Tests;

public sealed class KvCompactionKernelTests(CpuAcceleratorFixture fixture) : IClassFixture<CpuAcceleratorFixture>
{
    public static TheoryData<int, int, int[]> Paths() => new()
    {
        { 0, 1, [0] },
        { 5, 31, [0, 1, 2, 3] },
        { 3, 32, [0, 2, 3, 7] },
        { 1, 33, [0, 1, 5, 6, 7, 8, 9] },
        { 6, 65, [0, 8] },
    };

    [Theory]
    [MemberData(nameof(Paths))]
    public void Compaction_OfAPath_GathersItsRowsAndLeavesTheRest(int committed, int rowWords, int[] path)
    {
        const int Planes = 3, Slots = 16;
        uint[] before = [.. Enumerable.Range(0, Planes * Slots * rowWords).Select(i => (uint)i)];
        using DeviceArray<uint> cache = new(fixture.Accelerator, before);
        using DeviceArray<int> pathBuffer = new(fixture.Accelerator, path);
        new KvCompactionKernel(fixture.Accelerator).Launch(
            fixture.Accelerator.DefaultStream, Planes, Slots, rowWords, committed, path.Length, pathBuffer, cache);
        uint[] expected = [.. before];
        for (int plane = 0; plane < Planes; plane++)
            for (int i = 0; i < path.Length; i++)
                before.AsSpan((plane * Slots + committed + path[i]) * rowWords, rowWords)
                    .CopyTo(expected.AsSpan((plane * Slots + committed + i) * rowWords));
        Assert.Equal(expected, cache.ToHost());
    }

    [Fact]
    public void Compaction_OfEveryPathOfSevenNodes_NeverWritesARowThatALaterOneReads()
    {
        for (int subset = 0; subset < 64; subset++)
            Compaction_OfAPath_GathersItsRowsAndLeavesTheRest(
                2, 1, [0, .. Enumerable.Range(1, 6).Where(node => (subset >> node - 1 & 1) != 0)]);
    }

    [Fact]
    public void Compaction_BeyondTheCache_IsRefused()
    {
        using DeviceArray<uint> cache = new(fixture.Accelerator, 8 * 4);
        using DeviceArray<int> path = new(fixture.Accelerator, 4);
        KvCompactionKernel kernel = new(fixture.Accelerator);
        Assert.Throws<ArgumentOutOfRangeException>(() => kernel.Launch(fixture.Accelerator.DefaultStream, 1, 8, 4, 6, 3, path, cache));
        Assert.Throws<ArgumentException>(() => kernel.Launch(fixture.Accelerator.DefaultStream, 2, 8, 4, 0, 1, path, cache));
    }
}
