using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class SpeculativeSamplingConformanceTests : DraftModelConformanceTests
{
    protected override Type Subject => typeof(SpeculativeSamplingDrafter);

    protected override string Name => "speculative-sampling";

    protected override bool DrawsDrafts => true;
}
