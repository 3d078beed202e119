using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace StarterTrain;

/// <summary>One conversation: user and assistant turns in alternation, the user first.</summary>
public sealed record Conversation(string Source, string Category, string[] Turns, bool HeldOut);

/// <summary>
/// What the mix takes from one file: at most <paramref name="Cap"/> records of <paramref name="Category"/> (null: any), each seen <paramref
/// name="Copies"/> times.
/// </summary>
public sealed record Share(string Source, string? Category, int Cap, int Copies = 1);

/// <summary>Reads the corpus files and draws the training mix from them.</summary>
public static class Corpus
{
    /// <summary>The mix. The caps keep every source below a fifth of the characters.</summary>
    public static readonly Share[] Mix =
    [
        new("topical_chat", null, 2156), new("gpteacher", "instruction", 6500), new("gpteacher", "coding", 2500),
        new("open_assistant_sample", null, 475, 3), new("taskmaster4", null, 3677), new("chatterbot", null, 896, 3),
        new("sgd", null, 1800), new("self_instruct_seed", null, 175, 3),
        new("tatoeba_de_en", null, 48000), new("opennmt_de_en", null, 9645), new("xquad", "translation", 1425),
        new("scitldr", null, 2609), new("p3_t0", "summarization", 4500), new("qmsum", null, 1153),
        new("nq_open", null, 5257), new("webquestions", null, 3777), new("disfl_qa", null, 5000), new("p3_t0", "qa", 5500),
        new("gsm8k", null, 7473, 2), new("svamp_mawps", null, 3771, 2),
        new("xquad", "rag", 1187, 2), new("p3_t0", "rag", 9000), new("pubmedqa", null, 1000), new("p3_t0", "instruction", 2400),
    ];

    /// <summary>
    /// Every conversation of the mix that has at most <paramref name="longest"/> characters a turn; every 100th record of a share is held
    /// out. Those with more than <paramref name="common"/> characters in a turn are counted apart, up to a third of the cap,
    /// so that the others and those held out of them do not depend on the longest.
    /// </summary>
    public static IEnumerable<Conversation> Read(string folder, int common = 2000, int longest = 7000)
    {
        foreach (var file in Mix.GroupBy(share => share.Source))
        {
            Dictionary<(Share, bool), int> taken = file.SelectMany(share => new[] { (share, false), (share, true) })
                .ToDictionary(key => key, _ => 0);
            foreach (var line in Lines(Path.Combine(folder, file.Key + ".jsonl.xz")))
            {
                using var json = JsonDocument.Parse(line);
                var category = json.RootElement.GetProperty("category").GetString()!;
                var turns = Turns(json.RootElement);
                bool isLong = turns.Any(turn => turn.Length > common);
                var share = file.FirstOrDefault(s => (s.Category ?? category) == category
                    && taken[(s, isLong)] < (isLong ? s.Cap / 3 : s.Cap));
                if (share is null || turns.Any(turn => turn.Length > longest || string.IsNullOrWhiteSpace(turn)))
                    continue;
                bool heldOut = taken[(share, isLong)]++ % 100 == 99;
                for (int copy = 0; copy < (heldOut ? 1 : share.Copies); copy++)
                    yield return new(share.Source, category, turns, heldOut);
            }
        }
    }

    static string[] Turns(JsonElement record) =>
        record.TryGetProperty("turns", out var turns)
            ? [.. turns.EnumerateArray().Select(turn => turn.GetString()!.Trim())]
            : [record.GetProperty("prompt").GetString()!.Trim(), record.GetProperty("response").GetString()!.Trim()];

    /// <summary>The lines of an xz file, split at line feeds only (strings may hold other Unicode line breaks).</summary>
    static IEnumerable<string> Lines(string path)
    {
        using var xz = Process.Start(new ProcessStartInfo("xz", ["-dc", path]) { RedirectStandardOutput = true })!;
        using var text = new MemoryStream();
        xz.StandardOutput.BaseStream.CopyTo(text);
        xz.WaitForExit();
        if (xz.ExitCode != 0)
            throw new IOException($"xz could not read {path}");
        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
