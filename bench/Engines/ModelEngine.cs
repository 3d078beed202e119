using Speculative.Bench.Machine;

namespace Speculative.Bench.Engines;

/// <summary>What computes: the processor's cores or a GPU. Opened once a command, for the target and the draft model alike.</summary>
abstract class ModelEngine : IDisposable
{
    /// <summary>The engine as the command line spells it.</summary>
    public abstract string Name { get; }

    /// <summary>What it runs on, in words.</summary>
    public abstract string Description { get; }

    /// <summary>What must be said beside every result; null for nothing.</summary>
    public virtual string? Caution => null;

    /// <summary>The row counts at which a pass is measured.</summary>
    public abstract IReadOnlyList<int> MeasuredRows { get; }

    /// <summary>A model of these weights, which it disposes.</summary>
    public abstract EngineModel Create(IWeightSource weights);

    /// <summary>A model of random weights of a named shape.</summary>
    public abstract EngineModel CreateRandom(string shape);

    /// <summary>How fast a pass over one row reads weights and cache beside how fast the memory is, in bytes a second.</summary>
    public abstract RateShare MeasureRead(EngineModel measured, int contextLength, CancellationToken cancellationToken);

    /// <summary>Multiply-adds a second that it makes in registers; 0 where that is not measured.</summary>
    public virtual double MeasureRate(EngineModel measured, CancellationToken cancellationToken) => 0;

    /// <summary>What is to be said of a model after it was measured; null for nothing.</summary>
    public virtual string? Remark(ICausalModel model) => null;

    /// <summary>Why a pass may read faster than the memory bandwidth.</summary>
    public abstract string FasterThanMemory { get; }

    /// <summary>Closes it, after its models.</summary>
    public abstract void Dispose();
}
