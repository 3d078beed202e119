using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class DySpecThresholdConformanceTests : DraftModelConformanceTests
{
    protected override Type Subject => typeof(DySpecThresholdDrafter);

    protected override string Name => "dyspec-threshold";

    protected override bool DrawsDrafts => true;
}
