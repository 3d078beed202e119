namespace Speculative.Tests;

public sealed class AttentionSplitsTests
{
    [Fact]
    public void Splits_OfEveryContext_CoverItsBlocksInOrder()
    {
        for (int blocks = 1; blocks < 2200; blocks++)
        {
            int splits = AttentionSplits.Splits(blocks);
            Assert.True(AttentionSplits.FirstBlock(splits - 1) < blocks && blocks <= AttentionSplits.FirstBlock(splits));
        }
        Assert.Equal([0, 16, 40, 64], ((int[])[0, 64, 512, 2048]).Select(AttentionSplits.Splits));
    }

    [Fact]
    public void Blocks_OfAnyNode_AreCommittedAndLeaveATail()
    {
        for (int committed = 0; committed < 400; committed++)
            for (int depth = 0; depth <= AttentionSplits.MaxDepth; depth++)
            {
                int end = AttentionSplits.Blocks(committed + depth) * AttentionSplits.Block;
                Assert.True(end <= committed && committed + depth - end < AttentionSplits.MaxTail);
            }
    }
}
