namespace Speculative.Tests.Conformance;

public sealed class TableModelConformanceTests : CausalModelConformanceTests
{
    protected override ICausalModel CreateModel() => new TableModel(50);
}
