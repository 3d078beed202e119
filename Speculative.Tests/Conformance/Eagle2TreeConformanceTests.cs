using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class Eagle2TreeConformanceTests : DraftModelConformanceTests
{
    protected override Type Subject => typeof(Eagle2TreeDrafter);

    protected override string Name => "eagle2-tree";
}
