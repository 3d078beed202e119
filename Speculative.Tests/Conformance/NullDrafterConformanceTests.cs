using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class NullDrafterConformanceTests : DrafterConformanceTests
{
    protected override Type Subject => typeof(NullDrafter);

    protected override bool Drafts => false;

    protected override DrafterFactory CreateFactory(int vocabularySize, int? nodeBudget) =>
        DrafterCatalog.CreateFactory("plain", new() { VocabularySize = vocabularySize, NodeBudget = nodeBudget });
}
