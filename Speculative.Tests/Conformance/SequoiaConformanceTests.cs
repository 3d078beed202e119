using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class SequoiaConformanceTests : DraftModelConformanceTests
{
    protected override Type Subject => typeof(SequoiaDrafter);

    protected override string Name => "sequoia";

    protected override bool DrawsDrafts => true;
}
