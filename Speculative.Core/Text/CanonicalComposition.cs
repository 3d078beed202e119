using System.Globalization;
using System.Text;

namespace Speculative;

/// <summary>
/// Unicode normalization form C (Unicode Standard Annex 15). Own tables, because string.Normalize returns its input unchanged under
/// invariant globalization, and a prompt's tokens must not depend on how the program was built.
/// </summary>
static class CanonicalComposition
{
    const int HangulBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7;
    const int LeadCount = 19, VowelCount = 21, TailCount = 28, HangulCount = LeadCount * VowelCount * TailCount;

    static readonly Lazy<Tables> tables = new(Tables.Read);

    public static string Normalize(string text)
    {
        // Nothing below U+0300 combines or decomposes to anything else under form C.
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', '\u02FF'))
            return text;
        List<int> points = new(text.Length);
        foreach (Rune character in text.EnumerateRunes())
            Decompose(character.Value, points);
        Reorder(points);
        Compose(points);
        StringBuilder composed = new(text.Length);
        foreach (int point in points)
            composed.Append(new Rune(point).ToString());
        return composed.ToString();
    }

    static void Decompose(int point, List<int> points)
    {
        int syllable = point - HangulBase;
        if (syllable is >= 0 and < HangulCount)
        {
            points.Add(LeadBase + syllable / (VowelCount * TailCount));
            points.Add(VowelBase + syllable / TailCount % VowelCount);
            if (syllable % TailCount > 0)
                points.Add(TailBase + syllable % TailCount);
        }
        else if (tables.Value.Decompositions.TryGetValue(point, out int[]? parts))
            foreach (int part in parts)
                Decompose(part, points);
        else
            points.Add(point);
    }

    static void Reorder(List<int> points)
    {
        for (int start = 0; start < points.Count; start++)
        {
            int end = start;
            while (end < points.Count && Class(points[end]) > 0)
                end++;
            int[] sorted = [.. points[start..end].OrderBy(Class)];
            for (int i = 0; i < sorted.Length; i++)
                points[start + i] = sorted[i];
            start = end;
        }
    }

    static void Compose(List<int> points)
    {
        int starter = -1, kept = 0, lastClass = 0;
        for (int i = 0; i < points.Count; i++)
        {
            int point = points[i], combining = Class(point);
            bool reachable = starter >= 0 && (starter == kept - 1 || lastClass < combining && lastClass > 0);
            if (reachable && Pair(points[starter], point) is { } composed)
            {
                points[starter] = composed;
                continue;
            }
            if (combining == 0)
                starter = kept;
            lastClass = combining;
            points[kept++] = point;
        }
        points.RemoveRange(kept, points.Count - kept);
    }

    static int? Pair(int first, int second)
    {
        int lead = first - LeadBase, vowel = second - VowelBase, syllable = first - HangulBase, tail = second - TailBase;
        if (lead is >= 0 and < LeadCount && vowel is >= 0 and < VowelCount)
            return HangulBase + (lead * VowelCount + vowel) * TailCount;
        if (syllable is >= 0 and < HangulCount && syllable % TailCount == 0 && tail is > 0 and < TailCount)
            return first + tail;
        return tables.Value.Compositions.TryGetValue((first, second), out int composed) ? composed : null;
    }

    static int Class(int point) => tables.Value.Classes.GetValueOrDefault(point);

    /// <summary>The contents of canonical.txt, which canonical.py writes.</summary>
    sealed record Tables(Dictionary<int, int> Classes, Dictionary<int, int[]> Decompositions, Dictionary<(int, int), int> Compositions)
    {
        public static Tables Read()
        {
            Tables tables = new([], [], []);
            using StreamReader lines = new(typeof(CanonicalComposition).Assembly.GetManifestResourceStream("canonical.txt")!);
            while (lines.ReadLine() is { } line)
                if (line[0] != '#')
                    tables.Add(line.Split(' '));
            return tables;
        }

        void Add(string[] fields)
        {
            int point = Hex(fields[0]);
            if (fields[1] != "0")
                Classes[point] = int.Parse(fields[1], CultureInfo.InvariantCulture);
            if (fields.Length < 3)
                return;
            int[] parts = Decompositions[point] = [.. fields.Skip(3).Select(Hex)];
            if (fields[2] == "=")
                Compositions[(parts[0], parts[1])] = point;
        }

        static int Hex(string digits) => int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }
}
