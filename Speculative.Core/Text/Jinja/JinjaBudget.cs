namespace Speculative;

/// <summary>
/// What a template may do and write before it is stopped: a hostile one neither hangs nor fills the memory. It grows with the conversation.
/// </summary>
sealed class JinjaBudget(long messages, long said)
{
    const long Most = 1 << 20, PerMessage = 1 << 10, PerSaid = 16, UnitsPerCost = 4;

    long left = Most + messages * PerMessage + said * PerSaid;

    /// <summary>Of a text of so many units; four cost as much as a step.</summary>
    public static long Cost(int units) => 1 + units / UnitsPerCost;

    /// <summary>What is read of a value: a text whole, of a list or a dictionary its items only.</summary>
    public static long Cost(object value) => value switch
    {
        JinjaText text => Cost(text.Value.Length),
        JinjaList list => 1 + list.Items.Count,
        JinjaDict dict => 1 + dict.Items.Count,
        _ => 1,
    };

    /// <summary>What is read of a value with all that lies in it.</summary>
    public static long WholeCost(object value) => value is IJinjaCollection collection ? collection.Size.Cost : Cost(value);

    public void Spend(long cost)
    {
        if ((left -= cost) < 0)
            throw new JinjaFault("a template that comes to an end", "one that does or writes more than any conversation needs");
    }
}
