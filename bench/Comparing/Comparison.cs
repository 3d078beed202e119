using Speculative.Bench.Questions;

namespace Speculative.Bench.Comparing;

/// <summary>
/// Lets every contestant answer the same questions. Turn by turn all of them are run one after the other, beginning with another one each
/// time, so that a machine that gets slower or faster meanwhile does so for all.
/// </summary>
sealed class Comparison
{
    readonly LoadedModel model;
    readonly GenerationOptions options;
    readonly SpeculativeEngine[] engines;
    readonly List<MeasuredQuestion> measured = [];
    readonly List<string> skipped = [], failed = [];
    int rotation;

    /// <summary>Begins a comparison with drafters that have learnt nothing.</summary>
    /// <param name="model">Who is asked.</param>
    /// <param name="contestants">Plain decoding first.</param>
    /// <param name="options">What is asked for; the model's end tokens included.</param>
    public Comparison(LoadedModel model, IReadOnlyList<Contestant> contestants, GenerationOptions options)
    {
        this.model = model;
        this.options = options;
        Contestants = contestants;
        engines = [.. contestants.Select(contestant => new SpeculativeEngine(model.Model, contestant.CreateFactory(), model.Decoder))];
    }

    /// <summary>Who takes part; plain decoding first.</summary>
    public IReadOnlyList<Contestant> Contestants { get; }

    /// <summary>The questions that all contestants answered.</summary>
    public IReadOnlyList<MeasuredQuestion> Measured => measured;

    /// <summary>A line for each question that does not fit the model's context.</summary>
    public IReadOnlyList<string> Skipped => skipped;

    /// <summary>A line for each question at which the model failed, such as one that gives no finite logits.</summary>
    public IReadOnlyList<string> Failed => failed;

    /// <summary>Asks one question. A cancelled one leaves no trace; one at which the model fails is left out of all figures.</summary>
    public void Ask(Question question, CancellationToken cancellationToken)
    {
        try
        {
            TakeTurns(question, cancellationToken);
        }
#pragma warning disable CA1031 // whatever failed, what other questions gave stays
        catch (Exception fault) when (fault is not OperationCanceledException)
#pragma warning restore CA1031
        {
            failed.Add($"Question {question.Id} ({question.Category}) is left out: {fault.Message}");
        }
    }

    void TakeTurns(Question question, CancellationToken cancellationToken)
    {
        List<MeasuredTurn>[] answers = [.. Contestants.Select(_ => new List<MeasuredTurn>())];
        List<string> conversation = [];
        List<int[]> prompts = [];
        foreach (string turn in question.Turns)
        {
            conversation.Add(turn);
            int[] prompt = model.Encode(conversation);
            if (!Fits(question, prompt.Length))
                return;
            prompts.Add(prompt);
            TakeTurn(prompt, answers, cancellationToken);
            if (cancellationToken.IsCancellationRequested)
                return;
            // Each answer is the same as plain decoding's; where one is not, its next turn still gets the same prompt as all others'.
            conversation.Add(model.Decode(answers[0][^1].TokenIds).Trim());
        }
        measured.Add(new(question, answers) { Prompts = prompts });
    }

    void TakeTurn(int[] prompt, List<MeasuredTurn>[] answers, CancellationToken cancellationToken)
    {
        for (int i = 0; i < engines.Length && !cancellationToken.IsCancellationRequested; i++)
        {
            int contestant = (i + rotation) % engines.Length;
            answers[contestant].Add(MeasuredTurn.Take(engines[contestant], prompt, options, cancellationToken));
        }
        rotation++;
    }

    bool Fits(Question question, int promptLength)
    {
        int context = model.Model.MaxContextLength;
        if ((long)promptLength + options.MaxNewTokens <= context)
            return true;
        skipped.Add($"Question {question.Id} ({question.Category}) is left out: its prompt of {promptLength} tokens and "
            + $"{options.MaxNewTokens} new ones exceed the context of {context}.");
        return false;
    }
}
