using ILGPU.Runtime.CPU;

namespace Speculative.Tests;

/// <summary>
/// ILGPU's CPU accelerator with one warp of 32 threads a group: always there, a debugger in speed. Every thread that a group could have
/// waits at each of its barriers, so a device of no more threads than needed is ten times as fast as one shaped like a real GPU.
/// </summary>
public sealed class CpuAcceleratorFixture() : AcceleratorFixture(new CPUDevice(32, 1, 1));
