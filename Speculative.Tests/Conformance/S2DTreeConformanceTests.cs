using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class S2DTreeConformanceTests : DraftModelConformanceTests
{
    protected override Type Subject => typeof(S2DDrafter);

    protected override string Name => "s2d-tree";

    /// <summary>The first exit knows one token of context, the second two.</summary>
    protected override ICausalModel CreateDraft(int vocabularySize) =>
        new NestedTableModel(new(vocabularySize, order: 1), new(vocabularySize, order: 2));
}
