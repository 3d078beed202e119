namespace Speculative.Tests;

public sealed class TableModelConformanceTests : CausalModelConformanceTests
{
    protected override ICausalModel CreateModel() => new TableModel(50);
}
