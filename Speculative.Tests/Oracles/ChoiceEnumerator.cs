namespace Speculative.Tests;

/// <summary>
/// Runs a piece of code once for every sequence of outcomes of its random choices, with each run's exact probability: the code asks
/// <see cref="Choose(int[])"/> instead of a random generator.
/// </summary>
sealed class ChoiceEnumerator
{
    readonly List<(int Taken, Rational[] Weights, Rational Probability)> choices = [];
    int next;

    /// <summary>The probability of the choices of the present run.</summary>
    public Rational Probability => choices.Aggregate(Rational.One, (product, choice) => product * choice.Probability);

    /// <summary>Chooses an index with probability proportional to its weight; indices of weight 0 are never chosen.</summary>
    public int Choose(int[] weights) => Choose([.. weights.Select(weight => new Rational(weight, 1))]);

    /// <summary>Chooses an index with probability proportional to its weight; indices of weight 0 are never chosen.</summary>
    public int Choose(Rational[] weights)
    {
        if (next == choices.Count)
            Assert.True(Take(weights, 0), "nothing to choose from");
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
            var (taken, weights, _) = choices[^1];
            choices.RemoveAt(choices.Count - 1);
            if (Take(weights, taken + 1))
                return true;
        }
        return false;
    }

    /// <summary>Appends the first possible index from <paramref name="from"/> on, if there is one.</summary>
    bool Take(Rational[] weights, int from)
    {
        int taken = Array.FindIndex(weights, from, weight => weight.CompareTo(Rational.Zero) > 0);
        if (taken >= 0)
            choices.Add((taken, weights, weights[taken] / weights.Aggregate((a, b) => a + b)));
        return taken >= 0;
    }
}
