using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class DySpecConformanceTests : DraftModelConformanceTests
{
    protected override Type Subject => typeof(DySpecDrafter);

    protected override string Name => "dyspec";

    protected override bool DrawsDrafts => true;
}
