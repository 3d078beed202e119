namespace Speculative.Bench.Machine;

/// <summary>
/// A rate beside the floor that limits it, measured in turns: what other machines on the same host do to the one, they do to the other.
/// </summary>
/// <param name="Rate">The median.</param>
/// <param name="Floor">The median, in the same unit.</param>
/// <param name="Low">The lower quartile of the shares of single turns.</param>
/// <param name="High">The upper quartile.</param>
sealed record RateShare(double Rate, double Floor, double Low, double High)
{
    const int Turns = 21;

    /// <summary>The ratio of the medians.</summary>
    public double Share => Rate / Floor;

    /// <summary>Measures the floor and the rate in turns.</summary>
    /// <exception cref="OperationCanceledException">The measurement was cancelled.</exception>
    public static RateShare Measure(Func<double> floor, Func<double> rate, CancellationToken cancellationToken)
    {
        double[] floors = new double[Turns], rates = new double[Turns];
        for (int turn = -1; turn < Turns; turn++) // the first warms up
        {
            cancellationToken.ThrowIfCancellationRequested();
            (double limit, double reached) = (floor(), rate());
            if (turn >= 0)
                (floors[turn], rates[turn]) = (limit, reached);
        }
        double[] shares = [.. rates.Zip(floors, (reached, limit) => reached / limit)];
        Array.Sort(floors);
        Array.Sort(rates);
        Array.Sort(shares);
        return new(rates[Turns / 2], floors[Turns / 2], shares[Turns / 4], shares[3 * Turns / 4]);
    }
}
