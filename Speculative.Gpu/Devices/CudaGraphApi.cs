using System.Reflection;
using System.Runtime.InteropServices;

namespace Speculative;

/// <summary>The functions of the CUDA driver that record a stream's work as a graph, which ILGPU 1.5.3 lacks. 0 is success.</summary>
static partial class CudaGraphApi
{
    const string Driver = "cuda";

    static CudaGraphApi() => NativeLibrary.SetDllImportResolver(typeof(CudaGraphApi).Assembly, Load);

    /// <summary>Only the calls of the thread that records are limited while it does.</summary>
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

    // The driver has another name on Windows; 0 leaves all other libraries to the runtime.
    static nint Load(string name, Assembly assembly, DllImportSearchPath? path) =>
        name == Driver && OperatingSystem.IsWindows() && NativeLibrary.TryLoad("nvcuda", assembly, path, out nint library) ? library : 0;
}
