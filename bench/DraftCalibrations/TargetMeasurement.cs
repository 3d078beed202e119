using Speculative.Bench.Questions;
using Speculative.Drafters;

namespace Speculative.Bench.DraftCalibrations;

/// <summary>
/// What a draft model is worth to a target: the target answers questions, drafted first by trees of one level, drawn as Sequoia draws, then
/// by DySpec's trees, and it is counted what was accepted; then every exit reads the answers.
/// </summary>
sealed class TargetMeasurement
{
    /// <summary>Ranks told apart.</summary>
    const int RankCount = 16;

    readonly LoadedModel target;
    readonly GenerationOptions options;
    readonly SpeculativeEngine ranks, shares;

    /// <summary>Begins with nothing asked.</summary>
    /// <param name="target">Who answers.</param>
    /// <param name="shared">Who drafts.</param>
    /// <param name="options">What is asked for; the target's end tokens included.</param>
    public TargetMeasurement(LoadedModel target, SharedDraft shared, GenerationOptions options)
    {
        this.target = target;
        this.options = options;
        Exits = new(shared.For(target).Model, target.Model, options.Sampling);
        int children = Math.Min(RankCount, target.Model.VocabularySize);
        SequoiaOptions oneLevel = new() { Acceptance = [.. Enumerable.Repeat(1.0 / children, children)], NodeCount = children, Depth = 1 };
        DrafterSettings settings = shared.Apply(new() { VocabularySize = target.Model.VocabularySize }, target);
        Ranks = new(children);
        ranks = new(target.Model, Ranks.Watch(SequoiaDrafter.CreateFactory(settings, oneLevel)), target.Decoder);
        DraftModel counted = new(settings.DraftModel!, settings.VocabularySize, settings.DraftLayers) { Counter = Shares };
        shares = new(target.Model, generation => new DySpecDrafter(counted, new() { NodeCount = 32 }, generation), target.Decoder);
    }

    /// <summary>How often each rank was accepted.</summary>
    public RankMeter Ranks { get; }

    /// <summary>How often children were accepted, by their share.</summary>
    public ShareAcceptance Shares { get; } = new(null);

    /// <summary>What the exits said.</summary>
    public ExitRecord Exits { get; }

    /// <summary>Asks a question; a turn that does not fit the context ends it.</summary>
    public void Ask(Question question, CancellationToken cancellationToken)
    {
        List<string> conversation = [];
        foreach (string turn in question.Turns)
        {
            conversation.Add(turn);
            int[] prompt = target.Encode(conversation);
            if ((long)prompt.Length + options.MaxNewTokens > target.Model.MaxContextLength)
                return;
            using SpeculativeSession session = ranks.StartSession(prompt, options), again = shares.StartSession(prompt, options);
            again.Generate(cancellationToken);
            int[] answer = [.. session.Generate(cancellationToken)];
            Exits.Read(prompt, answer);
            conversation.Add(target.Decode(answer).Trim());
        }
    }
}
