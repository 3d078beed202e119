using ILGPU;

namespace Speculative;

/// <summary>How kernels are compiled, in one place, so that what the tests prove is what runs.</summary>
static class KernelCompilation
{
    /// <summary>Sets the compiler options that every ILGPU context of this library uses.</summary>
    /// <param name="builder">The builder of a context; devices are the caller's to choose.</param>
    /// <returns><paramref name="builder"/>.</returns>
    public static Context.Builder ForSpeculative(this Context.Builder builder) =>
        builder.EnableAlgorithms().Optimize(OptimizationLevel.O2).Inlining(InliningMode.Aggressive);
}
