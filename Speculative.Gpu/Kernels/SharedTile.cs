using ILGPU;

namespace Speculative;

/// <summary>Shared memory that only tensor-core instructions touch. ILGPU gives no address of a view to inline PTX, so a CUDA kernel
/// declares this memory in PTX itself and knows it by address; the tests' twin knows it by view.</summary>
/// <param name="View">The memory where it is a view, else empty.</param>
/// <param name="Address">Its address in the shared window where it is declared in PTX.</param>
readonly record struct SharedTile(ArrayView<Fragment> View, uint Address);
