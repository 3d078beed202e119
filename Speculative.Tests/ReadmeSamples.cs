using System.Text;
using Speculative.Drafters;

namespace Speculative.Tests;

/// <summary>README's quick start, compiled and run: change both together.</summary>
public sealed class ReadmeSamples
{
    [Fact]
    public async Task QuickStart_StreamsAnAnswer()
    {
        string folder = RepositoryFolder.EmbeddedModel;
        StringBuilder console = new();

        Tokenizer tokenizer = Tokenizer.Load(folder);
        using CpuModel model = new(ModelFolder.Open(folder));
        SpeculativeEngine engine = new(model, TokenRecyclingDrafter.CreateFactory(model.VocabularySize), tokenizer);

        int[] prompt = tokenizer.Encode(ChatTemplate.Load(folder).Apply([new(ChatRole.User, "Do you like music?")]));
        using SpeculativeSession session = engine.StartSession(
            prompt, new() { MaxNewTokens = 64, StopTokenIds = model.Config.EndTokenIds });
        await foreach (GeneratedToken token in session.GenerateAsync())
            console.Append(token.Text);

        Assert.Equal(tokenizer.Decode(session.OutputTokenIds), console.ToString());
        Assert.NotEmpty(console.ToString().Trim());
        Assert.True(session.Statistics.MeanAcceptedTokens >= 1);
        Assert.Equal(0, session.Statistics.DraftFailures);
    }
}
