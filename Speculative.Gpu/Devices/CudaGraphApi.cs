using System.Runtime.InteropServices;

namespace Speculative;

/// <summary>The functions of the CUDA driver that record a stream's work as a graph, which ILGPU 1.5.3 lacks. 0 is success.</summary>
static partial class CudaGraphApi
{
    const string Driver = CudaDriver.Name;

    /// <summary>Whether the driver has all of them: from CUDA 11.4 on.</summary>
    public static bool IsAvailable { get; } = CudaDriver.Has("cuGraphInstantiateWithFlags");

    /// <summary>Other threads may allocate and free while one records; nobody may synchronise the whole device.</summary>
    public const int ThreadLocal = 1;

    [LibraryImport(Driver, EntryPoint = "cuStreamBeginCapture_v2")]
    public static partial int BeginCapture(nint stream, int mode);

    [LibraryImport(Driver, EntryPoint = "cuStreamEndCapture")]
    public static partial int EndCapture(nint stream, out nint graph);

    [LibraryImport(Driver, EntryPoint = "cuGraphInstantiateWithFlags")]
    public static partial int Instantiate(out nint executable, nint graph, ulong flags);

    [LibraryImport(Driver, EntryPoint = "cuGraphLaunch")]
    public static partial int Launch(nint executable, nint stream);

    [LibraryImport(Driver, EntryPoint = "cuGraphExecDestroy")]
    public static partial int DestroyExecutable(nint executable);

    [LibraryImport(Driver, EntryPoint = "cuGraphDestroy")]
    public static partial int Destroy(nint graph);
}
