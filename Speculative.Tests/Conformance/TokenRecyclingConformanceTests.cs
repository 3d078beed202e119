using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class TokenRecyclingConformanceTests : DrafterConformanceTests
{
    protected override Type Subject => typeof(TokenRecyclingDrafter);

    protected override bool KeepsMemory => true;

    protected override DrafterFactory CreateFactory(int vocabularySize, int? nodeBudget) =>
        DrafterCatalog.CreateFactory("token-recycling", new() { VocabularySize = vocabularySize, NodeBudget = nodeBudget });
}
