using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Spectre.Console;
using Speculative.Bench;
using Speculative.Bench.Charts;
using Speculative.Bench.Commands;
using Speculative.Bench.Comparing;
using Speculative.Bench.Machine;
using Speculative.Bench.Output;

namespace Speculative.Tests;

public sealed class OutputTests
{
    static readonly string[] Figures =
        [
            "tokensPerSecond", "speedup", "meanAcceptedTokens", "expectedTokens", "draftedPerStep", "depth", "draftMilliseconds",
            "acceptance", "draftShare", "identical", "questions", "breakEvenTokens",
        ];

    static readonly Summary Row = new()
    {
        Target = "target",
        Drafter = "token-recycling",
        Task = "all",
        TokensPerSecond = 1234.56,
        Speedup = 1.537,
        MeanAcceptedTokens = 2.345,
        Acceptance = 0.256,
        DraftShare = 0.0312,
        Identical = 23,
        Questions = 24,
        MacroTokensPerSecond = 1200,
        SpeedupPercentiles = [1, 1.5, 2],
        SpeedupInterval = [1.41, 1.68],
        BreakEvenTokens = 1.523,
        AcceptanceByDepth = [0.5, 0.25],
        ExpectedTokens = 2.468,
        DraftedPerStep = 12.5,
        Depth = 3.14,
        DraftMilliseconds = 0.75,
        Tokens = 100,
        Seconds = 2,
        PrefillSeconds = 0.5,
        DraftFailures = 0,
    };

    [Fact]
    public void ResultTable_Plain_ShowsEveryFigureBesideTheEquality()
    {
        StringWriter output = new();
        Summary plain = Row with { Drafter = "plain", DraftedPerStep = 0 };
        Terminal terminal = Terminal.Plain(output, TextWriter.Null);
        terminal.Output.Write(ResultTable.Create([Row, plain], terminal));
        string text = output.ToString();
        Assert.Equal(
            ["Drafter", "Tokens/s", "Speedup", "95 %", "Decoding", "Identical", "MAT", "Break-even", "Expected", "Drafted", "Accepted",
                "Drafting"],
            Cells(text, "Drafter"));
        Assert.Equal(
            ["token-recycling", "1234.6", "1.54x", "1.41-1.68", "1.54x", "23/24", "2.35", "1.52", "2.47", "12.5", "25.6 %", "3.1 %"],
            Cells(text, "recycling"));
        Assert.Equal("-", Cells(text, "plain")[10]);
        Assert.DoesNotContain(text, character => char.IsControl(character) && character != '\n');
    }

    [Fact]
    public void ResultTable_DrawnDrafts_SaysSoInsteadOfCountingEqualAnswers()
    {
        StringWriter output = new();
        Terminal terminal = Terminal.Plain(output, TextWriter.Null);
        terminal.Output.Write(ResultTable.Create([Row with { Drawn = true }], terminal));
        Assert.Equal("drawn", Cells(output.ToString(), "recycling")[5]);
        Assert.True((Row with { Drawn = true }).IsFaithful);
        Assert.False(Row.IsFaithful);
    }

    [Fact]
    public void ResultTable_Prompts_AreNamedApart() => Assert.Equal("token-recycling 0.50 of 2.00 s", ResultTable.DescribePrompts(Row));

    [Fact]
    public void ResultTable_ManyDrafters_FitsAnEightyColumnTerminal()
    {
        StringWriter output = new();
        Terminal terminal = Terminal.Plain(output, TextWriter.Null);
        terminal.Output.Profile.Width = 80;
        (terminal.Output.Profile.Capabilities.Ansi, terminal.Output.Profile.Capabilities.Interactive) = (true, true);
        terminal.Output.Write(ResultTable.Create([Row], terminal));
        string text = Regex.Replace(output.ToString(), "\e\\[[0-9;]*m", ""); // without colours
        Assert.Matches(@"^\s*Drafter\s+Tokens/s\s+Speedup\s+Identical\s+MAT\s+Accepted\s+Drafting\s*$", Line(text, "Drafter"));
        Assert.Matches(@"recycling\s+1234\.6\s+1\.54x\s+23/24\s+2\.35\s+25\.6 %\s+3\.1 %\s*$", Line(text, "token-recycling"));
    }

    [Fact]
    public void SpeedupChart_TwoTargets_DrawsEveryDrafterOnce() => InFolder(folder =>
    {
        string path = Path.Combine(folder, "speedup.svg");
        Summary[] rows = [.. from target in (string[])["big", "small"]
                             from drafter in (string[])["plain", "token-recycling", "dyspec"]
                             select Row with { Target = target, Drafter = drafter }];
        ChartFile.Write(SpeedupChart.Create(rows), path);
        string[] texts = Texts(path);
        Assert.Equal(
            ["big", "dyspec", "small", "token-recycling"], texts.Where(text => text.All(c => char.IsLetter(c) || c == '-')).Order());
        int dots = XDocument.Load(path).Descendants().Count(shape => shape.Name.LocalName == "ellipse");
        Assert.Equal(2 * 2 + 2, dots); // a drafter and target each, and the legend's
    });

    [Fact]
    public void CostChart_TwoContexts_DrawsACurveForEach() => InFolder(folder =>
    {
        string path = Path.Combine(folder, "cost.svg");
        CalibrationRow[] rows = [.. from context in (int[])[0, 128] from count in (int[])[1, 2, 4]
                                    select new CalibrationRow("cpu", "bf16", context, count, count, 1 + count / 10.0, 30, 20)];
        ChartFile.Write(CostChart.Create("tiny", rows), path);
        Assert.Equal(["context 0", "context 128"], Texts(path).Where(text => text.StartsWith("context", StringComparison.Ordinal)));
    });

    static string[] Texts(string path) =>
        [.. XDocument.Load(path).Descendants().Where(shape => shape.Name.LocalName == "text").Select(text => text.Value.Trim())];

    [Fact]
    public void ResultDocument_Json_HasTheAgreedFields()
    {
        using JsonDocument json = JsonDocument.Parse(new ResultDocument("m", null, "bench", "target", true, [Row]).ToJson());
        JsonElement root = json.RootElement, row = root.GetProperty("rows")[0];
        Assert.Equal(
            ["machine", "commit", "command", "model", "complete", "rows"], root.EnumerateObject().Select(property => property.Name));
        Assert.Equal(JsonValueKind.Null, root.GetProperty("commit").ValueKind);
        Assert.Equal("target", row.GetProperty("target").GetString());
        Assert.Equal(("token-recycling", "all"), (row.GetProperty("drafter").GetString(), row.GetProperty("task").GetString()));
        Assert.Equal(
            [1234.56, 1.537, 2.345, 2.468, 12.5, 3.14, 0.75, 0.256, 0.0312, 23, 24, 1.523],
            Figures.Select(key => row.GetProperty(key).GetDouble()));
    }

    [Fact]
    public void ResultDocument_Write_ReplacesTheTextAndLeavesNothingElse() => InFolder(folder =>
    {
        string path = Path.Combine(folder, "r.json");
        File.WriteAllText(path, new string('x', 10_000));
        ResultDocument document = new("m", "c", "bench", "target", true, [Row]);
        document.Write(path);
        Assert.Equal(document.ToJson(), File.ReadAllText(path));
        Assert.Equal(path, Assert.Single(Directory.GetFiles(folder)));
    });

    [Fact]
    public void ResultDocument_Write_GoesThroughALink() => InFolder(folder =>
    {
        string path = Path.Combine(folder, "r.json"), link = Path.Combine(folder, "link.json");
        File.WriteAllText(path, "old");
        File.CreateSymbolicLink(link, path);
        ResultDocument document = new("m", "c", "bench", "target", true, [Row]);
        document.Write(link);
        Assert.Equal((document.ToJson(), path), (File.ReadAllText(path), new FileInfo(link).LinkTarget));
    });

    [Fact]
    public void ResultDocument_CheckTarget_RefusesFoldersAndLeavesNoFile() => InFolder(folder =>
    {
        string path = Path.Combine(folder, "r.json");
        Assert.Throws<BenchException>(() => ResultDocument.CheckTarget(folder));
        Assert.Throws<BenchException>(() => ResultDocument.CheckTarget(Path.Combine(folder, "no", "r.json")));
        string tooLong = Path.Combine(folder, new string('x', 300));
        Assert.StartsWith(
            $"--json: '{tooLong}' cannot be written: ", Assert.Throws<BenchException>(() => ResultDocument.CheckTarget(tooLong)).Message,
            StringComparison.Ordinal);
        ResultDocument.CheckTarget(path);
        Assert.False(File.Exists(path));
        File.WriteAllText(path, "old");
        ResultDocument.CheckTarget(path);
        Assert.Equal("old", File.ReadAllText(path));
    });

    static void InFolder(Action<string> test)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("speculative-");
        try
        {
            test(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void AnswerWriter_WithoutColours_WritesTextAloneAndNoEscapes()
    {
        StringWriter output = new();
        AnswerWriter answer = new(Terminal.Plain(output, TextWriter.Null));
        answer.Write(new(1, TokenOrigin.Draft, "a\n"));
        answer.Write(new(2, TokenOrigin.Bonus, "b\e[31m"));
        Assert.Equal("a\nb\uFFFD[31m", output.ToString());
    }

    [Fact]
    public void AnswerWriter_WithColours_ColoursDraftedTokensOnly()
    {
        StringWriter output = new();
        IAnsiConsole console = AnsiConsole.Create(
            new() { Ansi = AnsiSupport.Yes, ColorSystem = ColorSystemSupport.Standard, Out = new AnsiConsoleOutput(output) });
        AnswerWriter answer = new(new(console, TextWriter.Null));
        answer.Write(new(1, TokenOrigin.Draft, "a"));
        answer.Write(new(2, TokenOrigin.Recovered, "b"));
        Assert.Equal("\e[32ma\e[0mb", output.ToString());
    }

    [Fact]
    public void SourceCommit_Version_GivesWhatFollowsThePlus()
    {
        Assert.Equal("abc", SourceCommit.FromVersion("0.1.0+abc"));
        Assert.Null(SourceCommit.FromVersion("0.1.0"));
    }

    [Fact]
    public void ReadBandwidth_Measured_IsPlausible() =>
        Assert.InRange(ReadBandwidth.Measure(Environment.ProcessorCount, TestContext.Current.CancellationToken) / 1e9, 0.1, 10_000);

    static string Line(string text, string word) => text.Split('\n').First(line => line.Contains(word, StringComparison.Ordinal));

    static string[] Cells(string text, string word) =>
        Line(text, word).Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
