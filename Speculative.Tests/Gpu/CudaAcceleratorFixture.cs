using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Speculative.Tests;

/// <summary>The first CUDA device; tests on it are skipped where there is none.</summary>
public sealed class CudaAcceleratorFixture() : AcceleratorFixture(AcceleratorType.Cuda, builder => builder.Cuda());
