using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class OptTreeConformanceTests : DraftModelConformanceTests
{
    protected override Type Subject => typeof(OptTreeDrafter);

    protected override string Name => "opt-tree";
}
