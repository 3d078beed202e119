namespace Speculative;

/// <summary>One product of a <see cref="ProductJob"/>: a matrix, where its result goes, and a bias to add or null.</summary>
unsafe struct Product(Matrix matrix, float* y, long yStride, float* bias = null)
{
    public readonly Matrix Matrix = matrix;
    public readonly float* Y = y;
    public readonly long YStride = yStride;
    public readonly float* Bias = bias;

    /// <summary>The activations in the matrix's layout; set by the job.</summary>
    public void* X;

    /// <summary>Outputs of a block, which one thread computes; set by the job.</summary>
    public int Block;

    /// <summary>How many blocks; set by the job.</summary>
    public int Blocks;
}
