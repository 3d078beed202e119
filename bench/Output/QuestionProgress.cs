using Spectre.Console;
using Speculative.Bench.Questions;

namespace Speculative.Bench.Output;

/// <summary>Goes through questions and shows how far it is, where the terminal can.</summary>
static class QuestionProgress
{
    /// <summary>
    /// Does something with each question until cancelled. Redrawn between questions only: a timer of its own would take time from what is
    /// measured.
    /// </summary>
    public static void Run(
        Terminal terminal, string task, IReadOnlyList<Question> questions, Action<Question> action, CancellationToken cancellationToken)
    {
        IEnumerable<Question> remaining = questions.TakeWhile(_ => !cancellationToken.IsCancellationRequested);
        if (!terminal.IsLive)
        {
            foreach (Question question in remaining)
                action(question);
            return;
        }
        Progress progress = terminal.Output.Progress().AutoRefresh(false).AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn());
        progress.Start(bar =>
        {
            ProgressTask shown = bar.AddTask(task, maxValue: questions.Count);
            foreach (Question question in remaining)
            {
                shown.Description = Markup.Escape($"{task}: question {question.Id}, {question.Category}");
                bar.Refresh();
                action(question);
                shown.Increment(1);
            }
        });
    }
}
