using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class S2DTreeDrawnConformanceTests : SortedDraftConformanceTests
{
    protected override Type Subject => typeof(S2DDrawnDrafter);

    protected override string Name => "s2d-tree-drawn";

    protected override bool DrawsDrafts => true;
}
