namespace Speculative;

/// <summary>How deep a value is, and how large with all that lies in it: what walks through values stays bounded.</summary>
readonly record struct JinjaSize(int Depth, long Cost)
{
    const int MostDepth = 64;
    const long MostCost = 1L << 26;

    public static JinjaSize Of(IEnumerable<object> items)
    {
        (int depth, long cost) = (1, 1);
        foreach (object item in items)
        {
            depth = Math.Max(depth, item is IJinjaCollection inner ? inner.Size.Depth + 1 : 1);
            cost += JinjaBudget.WholeCost(item);
        }
        return depth <= MostDepth && cost <= MostCost ? new(depth, cost)
            : throw new JinjaFault($"lists at most {MostDepth} deep", "a deeper or larger one");
    }
}
