namespace Speculative.Tests;

/// <summary>
/// Runs a piece of code once for every sequence of outcomes of its random choices, with each run's exact probability: the code asks
/// <see cref="Choose"/> instead of a random generator.
/// </summary>
sealed class ChoiceEnumerator
{
    readonly List<(int Taken, int[] Weights)> choices = [];
    int next;

    /// <summary>The probability of the choices of the present run.</summary>
    public Rational Probability => choices.Aggregate(Rational.One, (product, choice) => product * new Rational(choice.Weights[choice.Taken], choice.Weights.Sum()));

    /// <summary>Chooses an index with probability proportional to its weight; indices of weight 0 are never chosen.</summary>
    public int Choose(int[] weights)
    {
        if (next == choices.Count)
            choices.Add((Array.FindIndex(weights, weight => weight > 0), weights));
        return choices[next++].Taken;
    }

    /// <summary>Calls <paramref name="run"/> until every combination of choices has been taken.</summary>
    public void RunAll(Action run)
    {
        do
        {
            next = 0;
            run();
            Assert.Equal(next, choices.Count);
        }
        while (Advance());
    }

    bool Advance()
    {
        while (choices.Count > 0)
        {
            var (taken, weights) = choices[^1];
            choices.RemoveAt(choices.Count - 1);
            int following = Array.FindIndex(weights, taken + 1, weight => weight > 0);
            if (following >= 0)
            {
                choices.Add((following, weights));
                return true;
            }
        }
        return false;
    }
}
