namespace Speculative.Tests;

/// <summary>The suite for drafters that choose exits: with a draft model that has two.</summary>
public abstract class SortedDraftConformanceTests : DraftModelConformanceTests
{
    /// <summary>The first exit knows one token of context, the second two.</summary>
    protected override ICausalModel CreateDraft(int vocabularySize) =>
        new NestedTableModel(new(vocabularySize, order: 1), new(vocabularySize, order: 2));
}
