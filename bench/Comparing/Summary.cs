namespace Speculative.Bench.Comparing;

/// <summary>One contestant's figures over a set of questions; serialised as a row of results.</summary>
sealed record Summary
{
    /// <summary>The task of a row over all questions.</summary>
    public const string AllTasks = "all";

    public required string Target { get; init; }

    public required string Drafter { get; init; }

    public required string Task { get; init; }

    /// <summary>All tokens over all time: prompts, drafting, verification.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>Tokens a second over plain decoding's, of the same questions in the same run.</summary>
    public required double Speedup { get; init; }

    /// <summary>MAT: emitted tokens a step, the target's own included.</summary>
    public required double MeanAcceptedTokens { get; init; }

    /// <summary>Accepted over drafted tokens; 0 where nothing was drafted.</summary>
    public required double Acceptance { get; init; }

    /// <summary>The share of the steps' time that drafting and learning took.</summary>
    public required double DraftShare { get; init; }

    /// <summary>Questions whose answers equal plain decoding's in every token of every turn.</summary>
    public required int Identical { get; init; }

    public required int Questions { get; init; }

    /// <summary>
    /// Whether drafts were drawn: answers then follow the target's distribution, and are other answers than plain decoding's.
    /// </summary>
    public bool Drawn { get; init; }

    /// <summary>Whether the answers are what they must be, as far as comparing them can tell.</summary>
    public bool IsFaithful => Drawn || Identical == Questions;

    /// <summary>Spec-Bench's figure: the mean over questions of each question's tokens a second.</summary>
    public required double MacroTokensPerSecond { get; init; }

    /// <summary>The 10th, 50th and 90th percentile over questions of the question's own speedup.</summary>
    public required IReadOnlyList<double> SpeedupPercentiles { get; init; }

    /// <summary>
    /// Where the speedup lies with 95 % confidence, by drawing the questions anew a thousand times (percentile bootstrap).
    /// </summary>
    public required IReadOnlyList<double> SpeedupInterval { get; init; }

    /// <summary>
    /// The <see cref="MeanAcceptedTokens"/> at which the drafter's steps are worth their time: the time of one over that of a step of plain
    /// decoding.
    /// </summary>
    public required double BreakEvenTokens { get; init; }

    /// <summary>The speedup of the steps alone, the time for the prompts left out on both sides.</summary>
    public double DecodingSpeedup => Ratio(MeanAcceptedTokens, BreakEvenTokens);

    /// <summary>
    /// For each depth from 1 on, the share of the steps with a draft so deep that accepted one there; the target's own token excluded.
    /// </summary>
    public required IReadOnlyList<double> AcceptanceByDepth { get; init; }

    /// <summary>The drafter's own expectation of <see cref="MeanAcceptedTokens"/>, made before each step; 1 where it makes none.</summary>
    public required double ExpectedTokens { get; init; }

    /// <summary>Drafted tokens a step.</summary>
    public required double DraftedPerStep { get; init; }

    /// <summary>Mean depth of the drafts.</summary>
    public required double Depth { get; init; }

    /// <summary>Mean time of a step's drafting, the draft model's included.</summary>
    public required double DraftMilliseconds { get; init; }

    public required long Tokens { get; init; }

    public required double Seconds { get; init; }

    /// <summary>The part of <see cref="Seconds"/> that the prompts took.</summary>
    public required double PrefillSeconds { get; init; }

    /// <summary>Steps that lost their draft because the drafter threw.</summary>
    public required long DraftFailures { get; init; }

    /// <summary>Every contestant's rows for a target: one a task, in the order of the questions, then one over all.</summary>
    public static IReadOnlyList<Summary> Of(string target, IReadOnlyList<Contestant> contestants, IReadOnlyList<MeasuredQuestion> measured)
    {
        if (measured.Count == 0)
            return [];
        IGrouping<string, MeasuredQuestion>[] tasks = [.. measured.GroupBy(question => question.Question.Task)];
        return [.. contestants.Index().SelectMany(contestant => tasks
            .Select(task => Of(target, contestant, task.Key, [.. task]))
            .Append(Of(target, contestant, AllTasks, measured)))];
    }

    static Summary Of(string target, (int Index, Contestant Item) contestant, string task, IReadOnlyList<MeasuredQuestion> questions)
    {
        MeasuredTurn[] turns = [.. questions.SelectMany(question => question.Answers[contestant.Index])];
        long steps = turns.Sum(turn => turn.Statistics.Steps), drafted = turns.Sum(turn => turn.Statistics.DraftedTokens);
        double[] speedups =
            [.. questions.Select(question => question.TokensPerSecond(contestant.Index) / question.TokensPerSecond(0)).Order()];
        return new()
        {
            Target = target,
            Drafter = contestant.Item.Name,
            Task = task,
            TokensPerSecond = Rate(turns),
            Speedup = Rate(turns) / Rate(questions.SelectMany(question => question.Answers[0])),
            MeanAcceptedTokens = Ratio(turns.Sum(turn => turn.TokenIds.Length), steps),
            Acceptance = Ratio(turns.Sum(turn => turn.Statistics.AcceptedTokens), drafted),
            DraftShare = Ratio(
                turns.Sum(turn => (turn.Statistics.Time(StepPhase.Draft) + turn.Statistics.Time(StepPhase.Observe)).TotalSeconds),
                turns.Sum(turn => turn.Statistics.StepTime.TotalSeconds)),
            Identical = questions.Count(question => question.FindDivergence(contestant.Index) is null),
            Questions = questions.Count,
            Drawn = turns.Any(turn => turn.Statistics.DrawnTokens > 0),
            MacroTokensPerSecond = questions.Average(question => question.TokensPerSecond(contestant.Index)),
            SpeedupPercentiles = [Percentile(speedups, 0.1), Percentile(speedups, 0.5), Percentile(speedups, 0.9)],
            SpeedupInterval = Interval(questions, contestant.Index),
            BreakEvenTokens = Ratio(StepMilliseconds(turns), StepMilliseconds([.. questions.SelectMany(question => question.Answers[0])])),
            AcceptanceByDepth = ByDepth(turns),
            ExpectedTokens = 1 + Ratio(turns.Sum(turn => turn.Statistics.ExpectedAcceptedTokens), steps),
            DraftedPerStep = Ratio(drafted, steps),
            Depth = Ratio(turns.Sum(turn => turn.Statistics.MeanDepth * turn.Statistics.Steps), steps),
            DraftMilliseconds = Ratio(turns.Sum(turn => turn.Statistics.Time(StepPhase.Draft).TotalMilliseconds), steps),
            Tokens = turns.Sum(turn => (long)turn.TokenIds.Length),
            Seconds = turns.Sum(turn => turn.Time.TotalSeconds),
            PrefillSeconds = turns.Sum(turn => turn.Statistics.Time(StepPhase.Prefill).TotalSeconds),
            DraftFailures = turns.Sum(turn => turn.Statistics.DraftFailures),
        };
    }

    static double StepMilliseconds(MeasuredTurn[] turns) => Ratio(
        turns.Sum(turn => turn.Statistics.StepTime.TotalMilliseconds), turns.Sum(turn => turn.Statistics.Steps));

    static double[] ByDepth(MeasuredTurn[] turns) => [.. Enumerable.Range(1, turns.Max(turn => turn.Statistics.MaxDepth)).Select(depth =>
        Ratio(turns.Sum(turn => turn.Statistics.AcceptedAtDepth(depth)), turns.Sum(turn => turn.Statistics.DraftedAtDepth(depth))))];

    /// <summary>The 2.5th and the 97.5th percentile of the speedup over as many questions, drawn from them with replacement.</summary>
    static double[] Interval(IReadOnlyList<MeasuredQuestion> questions, int contestant)
    {
        const int resamples = 1000;
        var totals = questions
            .Select(question => (Plain: Total(question.Answers[0]), Drafted: Total(question.Answers[contestant]))).ToArray();
        Random random = new(0);
        double[] speedups = new double[resamples];
        for (int sample = 0; sample < resamples; sample++)
        {
            double plainTokens = 0, plainSeconds = 0, tokens = 0, seconds = 0;
            for (int i = 0; i < totals.Length; i++)
            {
                var (plain, drafted) = totals[random.Next(totals.Length)];
                (plainTokens, plainSeconds) = (plainTokens + plain.Tokens, plainSeconds + plain.Seconds);
                (tokens, seconds) = (tokens + drafted.Tokens, seconds + drafted.Seconds);
            }
            speedups[sample] = Ratio(Ratio(tokens, seconds), Ratio(plainTokens, plainSeconds));
        }
        Array.Sort(speedups);
        return [Percentile(speedups, 0.025), Percentile(speedups, 0.975)];
    }

    static (double Tokens, double Seconds) Total(IEnumerable<MeasuredTurn> turns) =>
        (turns.Sum(turn => turn.TokenIds.Length), turns.Sum(turn => turn.Time.TotalSeconds));

    static double Rate(IEnumerable<MeasuredTurn> turns)
    {
        var (tokens, seconds) = Total(turns);
        return Ratio(tokens, seconds);
    }

    static double Ratio(double part, double whole) => whole == 0 ? 0 : part / whole;

    /// <summary>The value below which a share of the ascending values lies, interpolated between neighbours.</summary>
    internal static double Percentile(IReadOnlyList<double> ascending, double share)
    {
        double at = share * (ascending.Count - 1);
        int below = (int)at, above = Math.Min(below + 1, ascending.Count - 1);
        return ascending[below] + (at - below) * (ascending[above] - ascending[below]);
    }
}
