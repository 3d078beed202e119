using System.Reflection;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Speculative.Tests;

/// <summary>
/// What the driver itself makes of every kernel on this device: its assembler and its version of PTX are not those of
/// <see cref="KernelAssemblyTests"/>.
/// </summary>
public sealed unsafe class CudaKernelCodeTests(CudaContextFixture fixture, ITestOutputHelper log) : IClassFixture<CudaContextFixture>
{
    const int LocalBytes = 3, Registers = 4, RegistersOfAMultiprocessor = 65536;

    public static TheoryData<string> Kernels() => [.. KernelAssemblyTests.Entries.Keys.Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Kernel_OfThisDriver_SpillsNothing(string kernel)
    {
        Accelerator accelerator = fixture.Context.Accelerator;
        accelerator.Bind();
        MethodInfo entry = KernelAssemblyTests.Entries[kernel];
        CompiledKernel compiled = accelerator.GetBackend().Compile(
            EntryPointDescription.FromExplicitlyGroupedKernel(entry), KernelSpecialization.Empty);
        using CudaKernel loaded = (CudaKernel)accelerator.LoadKernel(compiled);
        int registers = Attribute(Registers, loaded.FunctionPtr), local = Attribute(LocalBytes, loaded.FunctionPtr);
        log.WriteLine($"{kernel}: {registers} registers, {local} bytes of local memory");
        Assert.Equal(0, local);
        Assert.InRange(registers * entry.GetCustomAttribute<KernelEntryAttribute>()!.GroupSize, 1, RegistersOfAMultiprocessor);
    }

    static int Attribute(int which, nint function)
    {
        var get = (delegate* unmanaged<int*, int, nint, int>)CudaDriver.Export("cuFuncGetAttribute");
        int value;
        Assert.Equal(0, get(&value, which, function));
        return value;
    }
}
