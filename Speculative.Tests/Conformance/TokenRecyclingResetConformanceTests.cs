using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class TokenRecyclingResetConformanceTests : DrafterConformanceTests
{
    protected override Type Subject => typeof(TokenRecyclingDrafter);

    protected override DrafterFactory CreateFactory(int vocabularySize, int? nodeBudget) => DrafterCatalog.CreateFactory(
        "token-recycling",
        new() { VocabularySize = vocabularySize, NodeBudget = nodeBudget, Memory = DrafterMemory.ResetPerRequest, PromptRows = false });
}
