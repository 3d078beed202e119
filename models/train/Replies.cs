using Speculative;
using Speculative.Drafters;

namespace StarterTrain;

/// <summary>
/// A model's own answers to prompts of the training part, written by the engine of this project, with their repetitions marked.
/// </summary>
static class Replies
{
    const int LongestPrompt = 512, Longest = 96, GramLength = 4;

    /// <summary>
    /// Answers <paramref name="count"/> turns of documents drawn at random, as many of every category: most documents are short
    /// translations, which hardly repeat.
    /// </summary>
    public static List<Document> Write(string folder, List<Document> documents, int count, float temperature = 0, int seed = 0)
    {
        using CpuModel model = new(ModelFolder.Open(folder));
        SpeculativeEngine engine = new(
            model, DrafterCatalog.CreateFactory("token-recycling", new() { VocabularySize = model.VocabularySize, NodeBudget = 3 }));
        int longest = Math.Min(LongestPrompt, model.MaxContextLength - Longest);
        var prompts = documents.SelectMany(document => Prompts(document, longest).Select(length => (Document: document, Length: length)))
            .GroupBy(prompt => prompt.Document.Category).OrderBy(category => category.Key).Select(category => category.ToArray()).ToArray();
        Random random = new(seed);
        List<Document> replies = [];
        for (int i = 0; i < count; i++)
        {
            var category = prompts[i % prompts.Length];
            var (document, length) = category[random.Next(category.Length)];
            int[] prompt = [.. document.Ids.Take(length).Select(id => (int)id)];
            replies.Add(Mark(document.Category, prompt, Answer(engine, prompt, temperature, (ulong)i)));
            if (i % 200 == 199)
                Console.WriteLine($"{i + 1} of {count} answers");
        }
        return replies;
    }

    /// <summary>The share of the answers' tokens that end a 4-gram which the same answer holds before.</summary>
    public static double Repeated(List<Document> replies) =>
        (double)Count(replies, role => role == TokenRole.Repeated) / Math.Max(1, Count(replies, role => role != TokenRole.Prompt));

    static int Count(List<Document> replies, Func<TokenRole, bool> counted) => replies.Sum(reply => reply.Roles.Count(counted));

    /// <summary>How long the document is before each of its answers.</summary>
    static IEnumerable<int> Prompts(Document document, int longest) =>
        Enumerable.Range(1, Math.Min(document.Roles.Length - 1, longest))
            .Where(at => document.Roles[at] == TokenRole.Answer && document.Roles[at - 1] != TokenRole.Answer);

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
}
