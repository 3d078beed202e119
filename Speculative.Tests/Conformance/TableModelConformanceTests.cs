namespace Speculative.Tests;

public sealed class TableModelConformanceTests : CausalModelConformanceTests
{
    protected override Type Subject => typeof(TableModel);

    protected override ICausalModel CreateModel() => new TableModel(50);
}
