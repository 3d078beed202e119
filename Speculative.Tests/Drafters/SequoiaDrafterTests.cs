using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class SequoiaDrafterTests
{
    /// <summary>One rank and ten levels: a chain of ten is the largest tree there is.</summary>
    [Fact]
    public void CreateFactory_BudgetBeyondTheLargestTree_DraftsThat()
    {
        using IDrafter drafter = SequoiaDrafter.CreateFactory(
            new() { VocabularySize = 300, NodeBudget = 64, RankAcceptance = [0.7], DraftModel = new TableModel(300) })(new());
        DraftTree tree = new(128);
        tree.Reset(1, 128);
        drafter.Start([1]);
        drafter.Draft([1], tree);
        Assert.Equal(Enumerable.Range(0, 11), tree.Depths.ToArray());
    }

    [Fact]
    public void Draft_LittleRoom_KeepsTheMostValuableNodes()
    {
        TreeTemplate template = new SequoiaTree([.. new SequoiaOptions().Acceptance], 21, 10).Create(21, 10);
        using IDrafter drafter = SequoiaDrafter.CreateFactory(
            new() { VocabularySize = 300, NodeBudget = 20, DraftModel = new TableModel(300) })(new());
        for (int room = 0; room <= 20; room++)
        {
            DraftTree tree = new(room + 1);
            tree.Reset(1, room + 1);
            drafter.Start([1]);
            drafter.Draft([1], tree);
            Assert.Equal(template.Cut(room).Parents.ToArray(), tree.Parents.ToArray());
            Assert.Equal(template.Cut(room).Values[1..].ToArray().Sum(), tree.ExpectedAcceptedLength, 12);
        }
    }
}
