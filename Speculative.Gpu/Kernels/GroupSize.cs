using System.Numerics;
using ILGPU.Runtime;

namespace Speculative;

/// <summary>How many threads a group of a portable kernel has: no result depends on it.</summary>
static class GroupSize
{
    /// <summary>The wanted threads, or as many as the device has: a power of two, so that kernels can halve the group.</summary>
    /// <remarks>
    /// ILGPU's CPU accelerator runs a thread of the system for each thread of a group and lets them wait for each other at every barrier:
    /// on its smallest device, of two threads, one thread alone is a thousand times faster.
    /// </remarks>
    public static int AtMost(int wanted, Accelerator accelerator) => accelerator.MaxNumThreadsPerGroup <= 2
        ? 1
        : (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(wanted, accelerator.MaxNumThreadsPerGroup) / 2 + 1);
}
