using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;

namespace Speculative.Tests;

/// <summary>Compiles kernels to PTX without a GPU, for the architectures that matter.</summary>
public sealed class PtxCompilerFixture : IDisposable
{
    readonly Context context = Context.Create(builder => builder.ForSpeculative().CPU());
    readonly Dictionary<string, PTXBackend> backends;

    public PtxCompilerFixture() => backends = new()
    {
        ["sm_80"] = new(context, CudaArchitecture.SM_80, CudaInstructionSet.ISA_78, null!),
        ["sm_90"] = new(context, CudaArchitecture.SM_90, CudaInstructionSet.ISA_78, null!),
    };

    public string Compile(MethodInfo kernel, string architecture)
    {
        EntryPointDescription entry = EntryPointDescription.FromExplicitlyGroupedKernel(kernel);
        return ((PTXCompiledKernel)backends[architecture].Compile(entry, KernelSpecialization.Empty)).PTXAssembly; // as they are loaded
    }

    public void Dispose()
    {
        foreach (PTXBackend backend in backends.Values)
            backend.Dispose();
        context.Dispose();
    }
}
