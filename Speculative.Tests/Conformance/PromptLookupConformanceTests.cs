using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class PromptLookupConformanceTests : DrafterConformanceTests
{
    protected override Type Subject => typeof(PromptLookupDrafter);

    protected override DrafterFactory CreateFactory(int vocabularySize, int? nodeBudget) =>
        DrafterCatalog.CreateFactory("prompt-lookup", new() { VocabularySize = vocabularySize, NodeBudget = nodeBudget });
}
