using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class TokenRecyclingDrafterTests
{
    static readonly int[] A = [10, 11, 12, 13, 14, 15, 16, 17], B = [20, 21, 22, 23, 24, 25, 26, 27], C = [30, 31, 32, 33, 34, 35, 36, 37];

    readonly AdjacencyMatrix matrix = new(100);
    readonly DraftTree tree = new(128);

    [Fact]
    public void Matrix_Of32kTokens_TakesUnderTwoMegabytes()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        AdjacencyMatrix large = new(32768);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 32768 * 8 * 4, 2_000_000);
        Assert.Equal(32768, large.VocabularySize);
    }

    [Fact]
    public void Matrix_SavedAndLoaded_DraftsAndExpectsTheSame()
    {
        matrix.Write(5, A);
        matrix.Write(99, [98, 97, 96, 95, 94, 93, 92, 0]);
        for (int rank = -1; rank < 8; rank++)
            matrix.Ranks.Count(rank);
        string path = Path.GetTempFileName();
        try
        {
            matrix.Save(path);
            AdjacencyMatrix loaded = AdjacencyMatrix.Load(path, 100);
            for (int tokenId = 0; tokenId < 100; tokenId++)
                Assert.Equal(matrix.Row(tokenId).ToArray(), loaded.Row(tokenId).ToArray());
            Assert.Equal(
                Enumerable.Range(0, 8).Select(rank => matrix.Ranks[rank]), Enumerable.Range(0, 8).Select(rank => loaded.Ranks[rank]));
            Assert.Contains("expected the same", Assert.Throws<ModelFormatException>(() => AdjacencyMatrix.Load(path, 99)).Message);
            DrafterFactory factory = TokenRecyclingDrafter.CreateFactory(100, new() { Matrix = loaded });
            using IDrafter drafter = factory(new());
            tree.Reset(5, 128);
            drafter.Draft([5], tree);
            Assert.Equal(8, tree.Count - 1);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Whatever a file holds: what was saved, or one sentence.</summary>
    [Fact]
    public void Load_BrokenFile_SaysWhatIsWrong()
    {
        string path = Path.GetTempFileName();
        try
        {
            matrix.Write(5, A);
            matrix.Save(path);
            byte[] whole = File.ReadAllBytes(path);
            foreach (int length in new[] { 0, 7, 87, 88, whole.Length - 1 })
                Refuses(whole[..length]);
            Refuses([.. whole, 0]);
            foreach (int place in new[] { 0, 8, 12, 24 + 7, 88 + 3, whole.Length - 1 })
                Refuses([.. whole[..place], 0x70, .. whole[(place + 1)..]]);
        }
        finally
        {
            File.Delete(path);
        }

        void Refuses(byte[] bytes)
        {
            File.WriteAllBytes(path, bytes);
            Assert.StartsWith($"{path}: ", Assert.Throws<ModelFormatException>(() => AdjacencyMatrix.Load(path, 100)).Message);
        }
    }

    [Fact]
    public void CreateFactory_MatrixThatDoesNotFit_Throws()
    {
        Assert.Throws<ArgumentException>(() => TokenRecyclingDrafter.CreateFactory(99, new() { Matrix = matrix }));
        Assert.Throws<ArgumentException>(() => TokenRecyclingDrafter.CreateFactory(
            100, new() { Matrix = matrix, Memory = DrafterMemory.ResetPerRequest }));
    }

    [Fact]
    public void Draft_NothingSeen_DraftsNothing()
    {
        Draft(Drafter(), 5);
        Assert.Equal(1, tree.Count);
    }

    [Fact]
    public void Draft_FillsTheTemplateFromTheMatrixAndLeavesUnseenRowsOut()
    {
        matrix.Write(5, A);
        matrix.Write(10, B);
        matrix.Write(13, C); // the template gives rank 3 two children
        Draft(Drafter(), 5);
        Assert.Equal([5, .. A, .. B, 30, 31], tree.TokenIds.ToArray());
        Assert.Equal([-1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 4, 4], tree.Parents.ToArray());
    }

    [Fact]
    public void Draft_EveryRowSeen_FillsThePublishedTree()
    {
        for (int tokenId = 0; tokenId < 100; tokenId++)
            matrix.Write(tokenId, [.. Enumerable.Range(tokenId + 1, 8).Select(next => next % 100)]);
        Draft(Drafter(), 5);
        Assert.Equal(TreeTemplate.Published.Parents.ToArray(), tree.Parents.ToArray());
        for (int node = 1; node < tree.Count; node++)
            Assert.Equal((tree.TokenIds[tree.Parents[node]] + 1 + TreeTemplate.Published.Ranks[node]) % 100, tree.TokenIds[node]);
    }

    [Fact]
    public void Draft_LittleRoom_DraftsTheMostValuableNodes()
    {
        for (int tokenId = 0; tokenId < 100; tokenId++)
            matrix.Write(tokenId, [.. Enumerable.Range(tokenId + 1, 8).Select(next => next % 100)]);
        for (int room = 0; room <= 80; room++)
        {
            Draft(Drafter(), 5, room + 1);
            Assert.Equal(TreeTemplate.Published.Cut(room).Parents.ToArray(), tree.Parents.ToArray());
            Assert.Equal(room + 1, tree.Count);
        }
    }

    [Fact]
    public void Draft_TornRowWithARepeatedToken_LeavesTheRepetitionOut()
    {
        matrix.Write(5, [10, 11, 10, 13, 11, 15, 10, 17]);
        Draft(Drafter(), 5);
        Assert.Equal([5, 10, 11, 13, 15, 17], tree.TokenIds.ToArray());
    }

    [Fact]
    public void Observe_LearnsRejectedNodesToo()
    {
        Tree((0, 6), (0, 7));
        Observe(FixedOutput.Ranked(100, A, B, C), [0, 1]);
        Assert.Equal(A, matrix.Row(5).ToArray());
        Assert.Equal(B, matrix.Row(6).ToArray());
        Assert.Equal(C, matrix.Row(7).ToArray());
        Assert.All(matrix.Row(8).ToArray(), tokenId => Assert.Equal(-1, tokenId));
    }

    [Fact]
    public void Observe_TokenAtSeveralRejectedNodes_LastNodeWins()
    {
        Tree((0, 6), (0, 7), (1, 8), (2, 8));
        Observe(FixedOutput.Ranked(100, A, A, A, B, C), [0]);
        Assert.Equal(C, matrix.Row(8).ToArray());
    }

    [Fact]
    public void Observe_TokenAtAnAcceptedAndALaterRejectedNode_AcceptedWins()
    {
        Tree((0, 6), (0, 7), (1, 8), (2, 8));
        Observe(FixedOutput.Ranked(100, A, A, A, B, C), [0, 1, 3]);
        Assert.Equal(B, matrix.Row(8).ToArray());
    }

    [Fact]
    public void Observe_TokenTwiceOnTheAcceptedPath_DeepestWins()
    {
        Tree((0, 6), (1, 5), (0, 9));
        Observe(FixedOutput.Ranked(100, A, A, B, C), [0, 1, 2]);
        Assert.Equal(B, matrix.Row(5).ToArray());
    }

    [Fact]
    public void Observe_AsksOnlyForRowsThatStayInOrderRejectedThenAccepted()
    {
        Tree((0, 6), (0, 7), (1, 8), (2, 8), (3, 6));
        FixedOutput output = FixedOutput.Ranked(100, A, A, A, B, C, A);
        Observe(output, [0, 1, 3]);
        Assert.Equal([2, 0, 1, 3], output.Asked); // node 4's token comes again at 3, node 5's at 1
    }

    [Fact]
    public void Observe_VocabularyBelowEight_LeavesTheRestUnknown()
    {
        AdjacencyMatrix small = new(3);
        TokenRecyclingDrafter drafter = new(small, new());
        tree.Reset(1, 128);
        drafter.Observe(new VerifiedStep(tree, FixedOutput.Ranked(3, [2, 0, 1]), [0], 2));
        Assert.Equal([2, 0, 1, -1, -1, -1, -1, -1], small.Row(1).ToArray());
    }

    [Fact]
    public void Observe_NoNodesToDraft_AsksForNothing()
    {
        Tree();
        FixedOutput output = FixedOutput.Ranked(100, A);
        TokenRecyclingDrafter drafter = new(matrix, new() { Template = TreeTemplate.Published.Cut(0) });
        drafter.Observe(new VerifiedStep(tree, output, [0], 10));
        Assert.Empty(output.Asked);
    }

    [Fact]
    public void Session_Prompt_SeedsTheMatrix()
    {
        TableModel model = new(100, order: 1);
        int[] prompt = [3, 14, 15, 92, 65, 35, 14];
        using SpeculativeSession session = new SpeculativeEngine(model, _ => Drafter()).StartSession(prompt);
        session.Step(TestContext.Current.CancellationToken);
        float[] logits = new float[100];
        foreach (int tokenId in prompt[..^1])
        {
            model.Logits([tokenId], logits);
            int[] expected = [.. Enumerable.Range(0, 100).OrderByDescending(id => logits[id]).Take(8)];
            Assert.Equal(expected, matrix.Row(tokenId).ToArray());
        }
        Assert.True(session.Statistics.DraftedTokens >= 8); // the last prompt token stood earlier: its row is known at the first step
    }

    [Fact]
    public void Session_PromptWithoutItsRows_TeachesWhatFollowsUntilTheTargetsRowDoes()
    {
        TableModel model = new(100, order: 1);
        TokenRecyclingDrafter drafter = new(matrix, new() { PromptRows = false });
        using SpeculativeSession session = new SpeculativeEngine(model, _ => drafter).StartSession([3, 14, 15, 92, 14, 65, 14, 15, 14]);
        session.Step(TestContext.Current.CancellationToken);
        Assert.True(session.Statistics.DraftedTokens >= 2); // the last prompt token stood earlier: it has a row at the first step
        float[] logits = new float[100];
        model.Logits([14], logits);
        Assert.Equal(Enumerable.Range(0, 100).OrderByDescending(id => logits[id]).Take(8), matrix.Row(14).ToArray());
    }

    [Fact]
    public void Observe_PromptWithoutItsRows_FillsUnknownPlacesAndAsksForNoRow()
    {
        matrix.Write(10, A);
        TokenRecyclingDrafter drafter = new(matrix, new() { PromptRows = false });
        drafter.Start([5, 20, 10, 20, 30, 20, 30]);
        Tree((0, 20), (1, 10), (2, 20), (3, 30), (4, 20));
        FixedOutput output = FixedOutput.Ranked(100, A);
        drafter.Observe(new VerifiedStep(tree, output, [0, 1, 2, 3, 4, 5], 30));
        Assert.Empty(output.Asked);
        Assert.Equal(A, matrix.Row(10).ToArray());
        Assert.Equal([10, 30, -1, -1, -1, -1, -1, -1], matrix.Row(20).ToArray());
        Assert.Equal([20, -1, -1, -1, -1, -1, -1, -1], matrix.Row(30).ToArray());
        for (int i = 0; i < 2; i++) // the second time there is no room
            for (int tokenId = 40; tokenId < 50; tokenId++)
                matrix.Add(1, tokenId);
        Assert.Equal(Enumerable.Range(40, 8), matrix.Row(1).ToArray());
    }

    [Fact]
    public void Start_ResetPerRequest_ForgetsEverything()
    {
        matrix.Write(5, A);
        Drafter().Start([5]);
        Assert.Equal(A, matrix.Row(5).ToArray());
        new TokenRecyclingDrafter(matrix, new() { Memory = DrafterMemory.ResetPerRequest }).Start([5]);
        Assert.All(matrix.Row(5).ToArray(), tokenId => Assert.Equal(-1, tokenId));
    }

    TokenRecyclingDrafter Drafter() => new(matrix, new());

    void Draft(TokenRecyclingDrafter drafter, int rootTokenId, int capacity = 128)
    {
        tree.Reset(rootTokenId, capacity);
        drafter.Draft([rootTokenId], tree);
    }

    void Observe(FixedOutput output, int[] acceptedPath) =>
        Drafter().Observe(new VerifiedStep(tree, output, acceptedPath, output.ArgMax(acceptedPath[^1])));

    /// <summary>A tree whose root holds token 5.</summary>
    void Tree(params (int Parent, int TokenId)[] nodes)
    {
        tree.Reset(5, 128);
        foreach (var (parent, tokenId) in nodes)
            tree.Add(parent, tokenId);
    }
}
