using Speculative.Drafters;

namespace Speculative.Tests;

/// <summary>README's quick start, compiled and run.</summary>
public sealed class ReadmeSamples
{
    [Fact]
    public async Task QuickStart_StreamsAnAnswer()
    {
        string folder = RepositoryFolder.EmbeddedModel;
        StringWriter Console = new();

        Tokenizer tokenizer = Tokenizer.Load(folder);
        using CpuModel model = new(ModelFolder.Open(folder), new() { Precision = Precision.StoredPanels });
        CostCurve costs = CostCurve.Measure(model);
        DrafterFactory drafters = DrafterCatalog.CreateFactory(
            "token-recycling", new() { VocabularySize = model.VocabularySize, CostCurve = costs });
        SpeculativeEngine engine = new(model, drafters, tokenizer);

        int[] prompt = tokenizer.Encode(ChatTemplate.Load(folder).Apply([new(ChatRole.User, "Do you like music?")]));
        using SpeculativeSession session = engine.StartSession(
            prompt, new() { MaxNewTokens = 64, StopTokenIds = model.Config.EndTokenIds });
        await foreach (GeneratedToken token in session.GenerateAsync())
            Console.Write(token.Text);
        Console.WriteLine($"\n{session.Statistics.MeanAcceptedTokens:F2} tokens a pass");

        string[] lines = Console.ToString().TrimEnd().Split('\n');
        Assert.Equal(tokenizer.Decode(session.OutputTokenIds), string.Join('\n', lines[..^1]));
        Assert.NotEmpty(lines[0].Trim());
        Assert.True(session.Statistics.MeanAcceptedTokens >= 1);
        Assert.Equal(0, session.Statistics.DraftFailures);
    }

    /// <summary>What stands in README is what is compiled above, but for the namespaces and the comments.</summary>
    [Fact]
    public void QuickStart_InReadme_IsThisCode()
    {
        string readme = File.ReadAllText(Path.Combine(RepositoryFolder.Root, "README.md")).ReplaceLineEndings("\n");
        string block = readme.Split("```csharp\n")[1].Split("```")[0];
        string source = File.ReadAllText(Path.Combine(RepositoryFolder.Root, "Speculative.Tests", "ReadmeSamples.cs"));
        string[] shown = [.. block.Split('\n').Select(line => line.Split(" //")[0].Trim())
            .Where(line => line.Length > 0 && line is not ("using Speculative;" or "using Speculative.Drafters;"))];
        string[] compiled = [.. source.ReplaceLineEndings("\n").Split('\n').Select(line => line.Trim())];
        int first = Array.IndexOf(compiled, shown[0]);
        Assert.Equal(shown, compiled.Skip(first).Where(line => line.Length > 0).Take(shown.Length));
    }
}
