using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;

namespace Speculative;

/// <summary>Where the library of the CUDA driver is: some machines have it only under the name with its version, Windows under another.</summary>
static class CudaDriver
{
    /// <summary>The name by which ILGPU and this library ask for it.</summary>
    public const string Name = "cuda";

    /// <summary>Whether the driver is there and has a function.</summary>
    public static bool Has(string function) => Export(function) != 0;

    /// <summary>Where a function of the driver is; 0 without the driver or the function.</summary>
    public static nint Export(string function) =>
        Find(Name, typeof(CudaDriver).Assembly, null) is not 0 and nint library
            && NativeLibrary.TryGetExport(library, function, out nint address) ? address : 0;

    /// <summary>Lets both find it. Call it before either asks.</summary>
    public static void Locate()
    {
        Answer(typeof(Context).Assembly);
        Answer(typeof(CudaDriver).Assembly);
    }

    static void Answer(Assembly assembly)
    {
        try
        {
            NativeLibrary.SetDllImportResolver(assembly, Find);
        }
        catch (InvalidOperationException)
        {
            // The application finds the assembly's libraries in a way of its own.
        }
    }

    // 0 leaves a library to the runtime.
    static nint Find(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Name)
            return 0;
        foreach (string candidate in (string[])["cuda", "libcuda.so.1", "nvcuda"])
            if (NativeLibrary.TryLoad(candidate, assembly, path, out nint library))
                return library;
        return 0;
    }
}
