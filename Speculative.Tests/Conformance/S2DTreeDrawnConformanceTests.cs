using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class S2DTreeDrawnConformanceTests : DraftModelConformanceTests
{
    protected override Type Subject => typeof(S2DDrawnDrafter);

    protected override string Name => "s2d-tree-drawn";

    protected override bool DrawsDrafts => true;

    /// <summary>The first exit knows one token of context, the second two.</summary>
    protected override ICausalModel CreateDraft(int vocabularySize) =>
        new NestedTableModel(new(vocabularySize, order: 1), new(vocabularySize, order: 2));
}
