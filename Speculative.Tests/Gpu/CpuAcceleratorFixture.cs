using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace Speculative.Tests;

/// <summary>ILGPU's CPU accelerator shaped like an NVIDIA device (32 threads a warp and a group): always there, a debugger in
/// speed.</summary>
public sealed class CpuAcceleratorFixture() : AcceleratorFixture(AcceleratorType.CPU, builder => builder.CPU(CPUDeviceKind.Nvidia));
