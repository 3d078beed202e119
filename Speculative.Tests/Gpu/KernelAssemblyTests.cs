using System.Reflection;

namespace Speculative.Tests;

/// <summary>Every kernel of the library, found by its attribute, through the compiler and, where it is present, the assembler.</summary>
public sealed class KernelAssemblyTests(PtxCompilerFixture compiler, ITestOutputHelper log) : IClassFixture<PtxCompilerFixture>
{
    const BindingFlags Anywhere =
        BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>The device entry points of all kernels by their names.</summary>
    internal static readonly Dictionary<string, MethodInfo> Entries = typeof(KernelEntryAttribute).Assembly.GetTypes()
        .SelectMany(type => type.GetMethods(Anywhere))
        .Where(method => method.IsDefined(typeof(KernelEntryAttribute)))
        .ToDictionary(method => $"{method.DeclaringType!.Name}.{method.Name}");

    public static TheoryData<string, string> Kernels()
    {
        TheoryData<string, string> data = [];
        foreach (string kernel in Entries.Keys.Order(StringComparer.Ordinal))
        {
            data.Add(kernel, "sm_80");
            data.Add(kernel, "sm_90");
        }
        return data;
    }

    [Fact]
    public void Kernels_AreMarked_InEveryKernelType()
    {
        HashSet<Type> marked = [.. Entries.Values.Select(entry => entry.DeclaringType!)];
        Type[] kernels = [.. typeof(KernelEntryAttribute).Assembly.GetTypes()
            .Where(type => type.Name.EndsWith("Kernel", StringComparison.Ordinal))];
        Assert.NotEmpty(kernels);
        Assert.All(kernels, type => Assert.Contains(type, marked));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Kernel_CompilesAndAssembles_WithinItsLimits(string kernel, string architecture)
    {
        MethodInfo entry = Entries[kernel];
        string ptx = compiler.Compile(entry, architecture);
        Assert.Contains(".entry", ptx, StringComparison.Ordinal);
        Assert.SkipWhen(PtxAssembler.Missing is not null, $"Compiled to PTX, not assembled. {PtxAssembler.Missing}");
        MachineCode code = PtxAssembler.Assemble(ptx, architecture);
        log.WriteLine($"{kernel} {architecture}: {code.Registers} registers, {code.StackBytes} stack, {code.SpilledBytes} spilled bytes");
        KernelEntryAttribute limits = entry.GetCustomAttribute<KernelEntryAttribute>()!;
        Assert.Equal(0, code.SpilledBytes);
        Assert.Equal(0, code.StackBytes);
        Assert.True(code.Registers <= limits.MaxRegisters, $"{code.Registers} registers, limit {limits.MaxRegisters}");
        Assert.DoesNotMatch(@"\b(DADD|DMUL|DFMA|F2F\.F32\.F64)\b", code.Sass);
        Assert.All(limits.Instructions, instruction => Assert.Contains(instruction, code.Sass, StringComparison.Ordinal));
    }
}
