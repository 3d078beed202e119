using Speculative;
using Speculative.Drafters;

namespace StarterTrain;

/// <summary>
/// A model's own answers to prompts of the training part, written by the engine of this project, with their repetitions marked.
/// </summary>
static class Replies
{
    const int Longest = 96, GramLength = 4;

    /// <summary>Answers every n-th document's first prompt, so that <paramref name="count"/> answers come from all over the mix.</summary>
    public static void Write(string folder, string documents, string output, int count, float temperature)
    {
        using CpuModel model = new(ModelFolder.Open(folder));
        SpeculativeEngine engine = new(
            model, DrafterCatalog.CreateFactory("token-recycling", new() { VocabularySize = model.VocabularySize, NodeBudget = 3 }));
        var all = Documents.Load(documents).FindAll(d =>
            Array.IndexOf(d.Roles, TokenRole.Answer) is > 0 and var start && start + Longest < model.MaxContextLength);
        List<Document> replies = [];
        for (int i = 0; i < count; i++)
        {
            var document = all[(int)((long)i * all.Count / count)];
            int[] prompt = [.. document.Ids.Take(Array.IndexOf(document.Roles, TokenRole.Answer)).Select(id => (int)id)];
            replies.Add(Mark(document.Category, prompt, Answer(engine, prompt, temperature, (ulong)i)));
            if (i % 200 == 199)
                Console.WriteLine($"{i + 1} of {count} answers, {Share(replies, TokenRole.Repeated):P1} of their tokens repeated");
        }
        Documents.Save(output, replies);
    }

    static List<int> Answer(SpeculativeEngine engine, int[] prompt, float temperature, ulong seed)
    {
        using var session = engine.StartSession(prompt, new()
        {
            MaxNewTokens = Longest,
            StopTokenIds = [ByteLevelBpe.End],
            Sampling = temperature == 0 ? Sampling.Greedy : new StochasticSampling { Temperature = temperature, Seed = seed },
        });
        List<int> answer = [];
        while (session.Step() is { IsEmpty: false } emitted)
            answer.AddRange(emitted);
        return answer;
    }

    static Document Mark(string category, int[] prompt, List<int> answer)
    {
        var roles = Enumerable.Repeat(TokenRole.Prompt, prompt.Length).Concat(Enumerable.Repeat(TokenRole.Answer, answer.Count)).ToArray();
        HashSet<(int, int, int, int)> seen = [];
        for (int i = GramLength - 1; i < answer.Count; i++)
            if (!seen.Add((answer[i - 3], answer[i - 2], answer[i - 1], answer[i])))
                roles[prompt.Length + i] = TokenRole.Repeated;
        return new(category, Documents.Ids(prompt.Concat(answer)), roles);
    }

    static double Share(List<Document> replies, TokenRole role) =>
        (double)replies.Sum(d => d.Roles.Count(r => r == role)) / Math.Max(1, replies.Sum(d => d.Roles.Count(r => r != TokenRole.Prompt)));
}
