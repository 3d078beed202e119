using System.Runtime.InteropServices;
using System.Text;

namespace Speculative;

/// <summary>Puts a text together; what it writes is paid for.</summary>
sealed class JinjaWriter(JinjaBudget budget)
{
    readonly StringBuilder text = new();
    List<bool>? said;

    public JinjaWriter Add(string added) => Add(added, isSaid: false);

    public JinjaWriter Add(string added, bool isSaid)
    {
        budget.Spend(JinjaBudget.Cost(added.Length));
        text.Append(added);
        if (isSaid && added.Length > 0)
            said ??= Flags(text.Length - added.Length);
        if (said is not null)
            Grow(added.Length).Fill(isSaid);
        return this;
    }

    public JinjaWriter Add(JinjaText added) => Add(added, 0, added.Value.Length);

    /// <summary>Adds a part of a text, in units.</summary>
    public JinjaWriter Add(JinjaText added, int start, int length)
    {
        budget.Spend(JinjaBudget.Cost(length));
        text.Append(added.Value, start, length);
        if (added.HasSaid(start, length))
            said ??= Flags(text.Length - length);
        if (said is not null)
            added.CopySaid(start, Grow(length));
        return this;
    }

    public JinjaText ToText() => text.Length == 0 ? JinjaText.Empty : new(text.ToString(), said?.ToArray());

    static List<bool> Flags(int count)
    {
        List<bool> flags = new(count);
        CollectionsMarshal.SetCount(flags, count);
        CollectionsMarshal.AsSpan(flags).Clear();
        return flags;
    }

    Span<bool> Grow(int count)
    {
        int before = said!.Count;
        CollectionsMarshal.SetCount(said, before + count);
        return CollectionsMarshal.AsSpan(said)[before..];
    }
}
