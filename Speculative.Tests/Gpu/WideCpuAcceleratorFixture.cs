using ILGPU.Runtime.CPU;

namespace Speculative.Tests;

/// <summary>ILGPU's CPU accelerator with eight warps of 32 threads a group, for kernels whose warps share a tile.</summary>
public sealed class WideCpuAcceleratorFixture() : AcceleratorFixture(new CPUDevice(32, 8, 1));
