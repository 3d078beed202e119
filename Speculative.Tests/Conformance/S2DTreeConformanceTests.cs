using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class S2DTreeConformanceTests : SortedDraftConformanceTests
{
    protected override Type Subject => typeof(S2DDrafter);

    protected override string Name => "s2d-tree";
}
