using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class SpecInferConformanceTests : DraftModelConformanceTests
{
    protected override Type Subject => typeof(SpecInferDrafter);

    protected override string Name => "specinfer";

    protected override bool DrawsDrafts => true;
}
