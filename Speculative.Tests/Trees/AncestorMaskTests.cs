namespace Speculative.Tests;

public sealed class AncestorMaskTests
{
    [Fact]
    public void Update_Incrementally_MarksAncestorsAndSelfOnly()
    {
        DraftTree tree = new(130);
        AncestorMask mask = new(130);
        tree.Reset(0, 130);
        Random random = new(5);
        for (int token = 1; tree.Room > 0; token++)
        {
            tree.Add(random.Next(tree.Count), token);
            if (random.Next(3) == 0)
                mask.Update(tree);
        }
        mask.Update(tree);
        for (int node = 0; node < tree.Count; node++)
        {
            List<int> path = [];
            for (int at = node; at >= 0; at = tree.Parents[at])
                path.Insert(0, at);
            int[] copied = new int[tree.Depths[node] + 1];
            Assert.Equal(copied.Length, mask.CopyPath(node, copied));
            Assert.Equal(path, copied);
            for (int other = 0; other < tree.Count; other++)
                Assert.Equal(path.Contains(other), mask.IsVisible(node, other));
        }
    }
}
