using System.Text;

namespace Speculative;

/// <summary>Looks for strings in a stream of UTF-8 bytes that arrives in pieces (one Knuth-Morris-Pratt automaton a string).</summary>
sealed class StopStringMatcher
{
    readonly byte[][] patterns;
    readonly int[][] fallbacks;
    readonly int[] states, markedStates;
    long length, markedLength;

    public StopStringMatcher(IReadOnlyList<string> strings)
    {
        if (strings.Any(string.IsNullOrEmpty))
            throw new ArgumentException("A stop string must not be empty.", nameof(strings));
        patterns = [.. strings.Select(Encoding.UTF8.GetBytes)];
        fallbacks = [.. patterns.Select(Fallbacks)];
        (states, markedStates) = (new int[patterns.Length], new int[patterns.Length]);
    }

    /// <summary>The trailing bytes that may yet become part of a match.</summary>
    public int PendingLength => states.Length == 0 ? 0 : states.Max();

    /// <summary>After a match: how many of the bytes appended so far come before the string found.</summary>
    public long MatchStart { get; private set; } = -1;

    /// <summary>
    /// Reads bytes up to the end of the first match: the string that is complete first, and of those complete with the same byte the one
    /// that began first. Waiting for a longer one that began earlier could take the whole output, and it may never come.
    /// </summary>
    /// <returns>Whether a string was found; nothing may be appended after that.</returns>
    public bool Append(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            length++;
            for (int i = 0; i < patterns.Length; i++)
                if (Advance(i, value) && length - patterns[i].Length is var start && (MatchStart < 0 || start < MatchStart))
                    MatchStart = start;
            if (MatchStart >= 0)
                return true;
        }
        return false;
    }

    /// <summary>Notes the present place in the stream, before any match.</summary>
    public void Mark()
    {
        states.CopyTo(markedStates, 0);
        markedLength = length;
    }

    /// <summary>Forgets what was appended since the mark.</summary>
    public void Return()
    {
        markedStates.CopyTo(states, 0);
        (length, MatchStart) = (markedLength, -1);
    }

    bool Advance(int pattern, byte value)
    {
        byte[] bytes = patterns[pattern];
        int state = states[pattern];
        while (state > 0 && (state == bytes.Length || bytes[state] != value))
            state = fallbacks[pattern][state - 1];
        if (bytes[state] == value)
            state++;
        states[pattern] = state;
        return state == bytes.Length;
    }

    /// <summary>Entry i: the length of the longest proper prefix of the pattern that ends at byte i.</summary>
    static int[] Fallbacks(byte[] pattern)
    {
        int[] fallbacks = new int[pattern.Length];
        for (int i = 1, state = 0; i < pattern.Length; i++)
        {
            while (state > 0 && pattern[state] != pattern[i])
                state = fallbacks[state - 1];
            if (pattern[state] == pattern[i])
                state++;
            fallbacks[i] = state;
        }
        return fallbacks;
    }
}
