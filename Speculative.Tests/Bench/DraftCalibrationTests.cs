using System.Text.Json;
using System.Text.RegularExpressions;
using Speculative.Bench;
using Speculative.Bench.DraftCalibrations;
using Speculative.Bench.Output;
using Speculative.Drafters;

namespace Speculative.Tests;

public sealed class DraftCalibrationTests
{
    static readonly double[] Shares = [.. Enumerable.Repeat(0.5, 30)];

    static readonly DraftCalibration Good = new(
        "small", [2, 4], 4, 0.6, 5, 24, [new("big", 100, [0.6, 0.2], Shares, [0.4]), new("huge", 90, [0.5], Shares, [1])]);

    [Fact]
    public void File_WrittenAndRead_IsTheSame() => Assert.Equal(Good.ToJson(), Read(Good.ToJson()).ToJson());

    public static TheoryData<string, string, string> Broken() => new()
    {
        { "{", "}", "is not a draft calibration" },
        { "\"draft\": \"small\",", "", "'draft'" },
        { "\"thresholds\": [", "\"thresholds\": null, \"x\": [", "thresholds" },
        { "0.2", "0.5", "big: expected in 'rankAcceptance' probabilities with a sum up to 1" },
        { "0.2", "-0.2", "big: expected in 'rankAcceptance'" },
        { "0.4", "1.4", "big: expected in 'thresholds' 1 numbers from 0 to 1" },
        { "0.4", "0.4, 0.4", "big: expected in 'thresholds' 1 numbers" },
        { "\"huge\"", "\"big\"", "expected each target once" },
        { "0.5,\n        0.5,", "0.5,", "expected in 'shareAcceptance' 30 probabilities" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void File_Broken_IsOneSentence(string good, string bad, string sentence)
    {
        string text = Good.ToJson();
        int at = text.IndexOf(good, StringComparison.Ordinal);
        string broken = text[..at] + bad + text[(at + good.Length)..];
        string message = Assert.Throws<BenchException>(() => Read(broken)).Message;
        Assert.Contains(sentence, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Of_OtherDraftModelOrTarget_IsRefused()
    {
        using LoadedModel draft = BenchFakes.Model();
        DraftCalibration measured = Good with { Draft = "table", ExitLayers = [1], DraftLayers = 1 };
        Assert.Equal("big", measured.Of("big", draft, 1).Target);
        Assert.Contains(
            "expected the target 'tiny', found big, huge", Assert.Throws<BenchException>(() => measured.Of("tiny", draft, 1)).Message);
        Assert.Contains(
            "measured with 'small' and exits 2, 4, but 'table' with exits 1",
            Assert.Throws<BenchException>(() => Good.Of("big", draft, 1)).Message);
        Assert.Equal(
            "--draft-calibration: measured with 2 layers of 'table', but 1 draft: measure again, or give --draft-layers 2.",
            Assert.Throws<BenchException>(() => (measured with { DraftLayers = 2 }).Of("big", draft, 1)).Message);
    }

    /// <summary>Two exits: the first is right where it is confident, the second always, at another price.</summary>
    [Theory]
    [InlineData(10, 0.3, 0.8)]
    [InlineData(0, 0.3, 1)]
    [InlineData(1000, 0, 0.2)]
    public void ThresholdSearch_FindsWhatPays(double secondExit, double least, double most)
    {
        ExitGuess[][] answer = [.. Enumerable.Range(0, 60).Select(i =>
            i % 3 == 0 ? new ExitGuess[] { new(0.3f, 0), new(0.9f, 1) } : [new(0.9f, 1), new(0.9f, 1)])];
        ThresholdSearch search = new([answer], new([1, secondExit], 0, new([1], [100.0])), 4);
        Assert.InRange(Assert.Single(search.Find()), least, most);
    }

    /// <summary>Six tokens, chains of two: the first is right and the second wrong, so two tokens a step.</summary>
    [Fact]
    public void ThresholdSearch_Play_CountsTokensAndTime()
    {
        ExitGuess[][] answer = [.. Enumerable.Range(0, 6).Select(i => new ExitGuess[] { new(0.5f, 1 - i % 2), new(1, 1) })];
        ThresholdSearch search = new([answer], new([1, 3], 0.5, new([1, 3], [10.0, 20.0])), 2);
        ChainYield first = search.Play([0.0]), second = search.Play([1.0]), both = search.Play([0.6]);
        Assert.Equal((2, 23), (first.TokensPerStep, first.MillisecondsPerStep)); // twice one layer and a head, and three rows
        // Twice all layers and one head, the first exit not asked.
        Assert.Equal((3, 29), (second.TokensPerStep, second.MillisecondsPerStep));
        Assert.Equal((3, 30), (both.TokensPerStep, both.MillisecondsPerStep)); // and asked
    }

    /// <summary>Drawn drafts: against every way in which an answer's drafts can be accepted or not, each with its probability.</summary>
    [Fact]
    public void ThresholdSearch_Play_DrawnDrafts_IsTheMeanOfAllWays()
    {
        double[] acceptance = [0.5, 0.25, 0.75, 1, 0.125, 0.5];
        ExitGuess[][] answer = [.. acceptance.Select(accepted => new ExitGuess[] { new(0.5f, accepted) })];
        double[] steps = [0, 0, 0, 0, 0, 0, 0]; // from each token to the end
        for (int at = acceptance.Length - 1; at >= 0; at--)
            steps[at] = 1 + FromWays(at, at, steps, acceptance, draftLength: 3);
        ChainYield yield = new ThresholdSearch([answer], new([2], 0.5, new([1, 4], [10.0, 20.0])), 3).Play([]);
        Assert.Equal(acceptance.Length / steps[0], yield.TokensPerStep, 12);
        Assert.Equal(3 * 2.5 + 20, yield.MillisecondsPerStep, 12); // three tokens with a head each, and four rows
    }

    /// <summary>The steps that follow a chain from <paramref name="at"/> whose tokens before <paramref name="token"/> are right.</summary>
    static double FromWays(int at, int token, double[] steps, double[] acceptance, int draftLength)
    {
        if (token == acceptance.Length)
            return 0;
        if (token == at + draftLength)
            return steps[token + 1];
        return acceptance[token] * FromWays(at, token + 1, steps, acceptance, draftLength) + (1 - acceptance[token]) * steps[token + 1];
    }

    /// <summary>A drawn token is accepted with the overlap of both distributions, an arg-max one where it is the target's.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(0.7)]
    public void ExitRecord_Acceptance_IsThatOfTheSampling(double temperature)
    {
        const int vocabulary = 9;
        TableModel target = new(vocabulary, order: 1, seed: 1), draft = new(vocabulary, order: 1, seed: 2);
        StochasticSampling stochastic = new() { Temperature = (float)Math.Max(temperature, 0.1) };
        ExitRecord record = new(draft, target, temperature == 0 ? Sampling.Greedy : stochastic);
        int[] prompt = [1, 2], answer = [3, 4, 3, 8, 0];
        record.Read(prompt, answer);
        ExitGuess[][] read = Assert.Single(record.Answers);
        Assert.Equal(answer.Length, read.Length);
        for (int at = 0, last = prompt[^1]; at < answer.Length; last = answer[at++])
        {
            float[] drafted = Row(draft, last, stochastic), told = Row(target, last, stochastic);
            float[] sure = Row(draft, last, new() { Temperature = 1 });
            double expected = temperature == 0
                ? Array.IndexOf(sure, sure.Max()) == answer[at] ? 1 : 0
                : drafted.Zip(told, Math.Min).Sum(Convert.ToDouble);
            Assert.Equal(expected, read[at][0].Acceptance, 5);
            Assert.Equal(sure.Max(), read[at][0].Confidence, 6f);
        }
    }

    static float[] Row(TableModel model, int last, StochasticSampling sampling)
    {
        float[] row = new float[model.VocabularySize];
        using ICausalSequence sequence = model.CreateSequence(4);
        new TokenDistribution(sampling, row.Length).Compute(sequence.Prefill([last]), 0, row);
        return row;
    }

    [Fact]
    public void RankMeter_CountsTheAcceptedChildOfTheRoot()
    {
        TableModel model = new(30, order: 1);
        RankMeter meter = new(4);
        SequoiaOptions star = new() { Acceptance = [.25, .25, .25, .25], NodeCount = 4, Depth = 1 };
        DrafterSettings settings = new() { VocabularySize = 30, DraftModel = model };
        using SpeculativeSession session = new SpeculativeEngine(model, meter.Watch(SequoiaDrafter.CreateFactory(settings, star)))
            .StartSession([1, 2, 3, 4], new() { MaxNewTokens = 40 });
        session.Generate();
        Assert.Equal(20, meter.Steps);
        Assert.Equal(20.5 / 22.5, meter.Acceptance[0], 12); // the model itself drafts
        Assert.Equal(0.5 / 22.5, meter.Acceptance[3], 12);
    }

    /// <summary>The draft that ends an answer was accepted, though it is no part of the committed path.</summary>
    [Fact]
    public void RankMeter_AtAStop_CountsTheDraftThatEndsTheOutput()
    {
        TableModel model = new(300);
        int[] greedy = model.Greedy([1, 2, 3, 4], 40);
        int last = Enumerable.Range(2, 18).Select(step => 2 * step).First(at => Array.IndexOf(greedy, greedy[at]) == at);
        RankMeter meter = new(1);
        DrafterSettings settings = new() { VocabularySize = 300, DraftModel = model, NodeBudget = 1 };
        using SpeculativeSession session = new SpeculativeEngine(model, meter.Watch(SequoiaDrafter.CreateFactory(settings)))
            .StartSession([1, 2, 3, 4], new() { MaxNewTokens = 40, StopTokenIds = [greedy[last]] });
        session.Generate();
        Assert.Equal((FinishReason.StopToken, last / 2 + 1), (session.FinishReason, meter.Steps));
        Assert.Equal((meter.Steps + 0.5) / (meter.Steps + 1), meter.Acceptance[0], 12);
    }

    /// <summary>The whole way: measure for two targets with one draft model, then compare both with it.</summary>
    [Fact]
    public async Task Commands_TwoTargets_MeasureAndCompareEach()
    {
        Assert.SkipUnless(
            File.Exists(Path.Combine(RepositoryFolder.EmbeddedModel, "model.safetensors")), "The embedded model's weights are not there.");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("speculative-");
        try
        {
            string embedded = RepositoryFolder.EmbeddedModel, other = Path.Combine(folder.FullName, "other");
            Directory.CreateDirectory(other);
            foreach (string file in Directory.GetFiles(embedded))
                File.Copy(file, Path.Combine(other, Path.GetFileName(file)));
            string calibration = Path.Combine(folder.FullName, "draft.json"), results = Path.Combine(folder.FullName, "results.json");
            string[] targets =
                ["--model", embedded, "--model", other, "--draft-model", embedded,
                    .. "--threads 1 --limit 1 --max-new-tokens 12".Split(' ')];
            string measured = await RunAsync(["calibrate-draft", "--output", calibration, .. targets]);
            Assert.Contains("other, drafted by draft-sorted", measured, StringComparison.Ordinal);
            Assert.Equal(["draft-sorted", "other"], DraftCalibration.Read(calibration).Targets.Select(part => part.Target));
            string compared = await RunAsync(
                [.. "compare --budget 6 --drafters sequoia,s2d --draft-calibration".Split(' '), calibration,
                    "--json", results, .. targets]);
            Assert.Equal(6, compared.Split('\n').Count(line => Regex.IsMatch(line, @"\d\.\d\dx ")));
            Assert.DoesNotContain("measure again", compared, StringComparison.Ordinal);
            string sampled = await RunAsync(
                [.. "generate --prompt Hi --budget 6 --drafter s2d --temperature 0.5 --max-new-tokens 2 --model".Split(' '), embedded,
                    "--draft-model", embedded, "--draft-calibration", calibration]);
            Assert.Contains("measured at temperature 0, this run has 0.5: ", sampled, StringComparison.Ordinal);
            using JsonDocument json = JsonDocument.Parse(await File.ReadAllTextAsync(results, TestContext.Current.CancellationToken));
            JsonElement[] rows = [.. json.RootElement.GetProperty("rows").EnumerateArray()
                .Where(row => row.GetProperty("task").GetString() == "all")];
            Assert.Equal(
                ["draft-sorted plain", "draft-sorted sequoia", "draft-sorted s2d", "other plain", "other sequoia", "other s2d"],
                rows.Select(row => $"{row.GetProperty("target").GetString()} {row.GetProperty("drafter").GetString()}"));
            Assert.All(rows, row => Assert.True(
                row.GetProperty("drafter").GetString() == "plain"
                || row.GetProperty("expectedTokens").GetDouble() > 1 && row.GetProperty("depth").GetDouble() > 1));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Drafting_GivesARowADrafterAndAllocatesNothing()
    {
        string path = Path.GetTempFileName();
        try
        {
            await RunAsync(["drafting", "--vocabulary", "500", "--budget", "80", "--drafters", "dyspec,token-recycling", "--json", path]);
            using JsonDocument json = JsonDocument.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
            JsonElement[] rows = [.. json.RootElement.GetProperty("rows").EnumerateArray()];
            Assert.Equal(["dyspec", "token-recycling"], rows.Select(row => row.GetProperty("drafter").GetString()));
            foreach (var (row, read, whole) in new[] { (rows[0], "draftRows", "drafting"), (rows[1], "targetRows", "learning") })
            {
                Assert.Equal((80, 0), (row.GetProperty("drafted").GetInt32(), row.GetProperty("allocatedBytes").GetInt32()));
                Assert.InRange(row.GetProperty(read).GetDouble(), 0.001, row.GetProperty(whole).GetDouble());
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    static DraftCalibration Read(string text)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, text);
            return DraftCalibration.Read(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    static async Task<string> RunAsync(string[] args)
    {
        StringWriter output = new(), error = new();
        int exitCode = await BenchProgram.RunAsync(args, Terminal.Plain(output, error), TestContext.Current.CancellationToken);
        Assert.Equal((ExitCode.Success, ""), (exitCode, error.ToString()));
        return output.ToString();
    }
}
