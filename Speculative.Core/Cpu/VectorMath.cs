using System.Numerics;
using System.Runtime.CompilerServices;

namespace Speculative;

/// <summary>
/// Element-wise steps of a decoder block on single rows. Sums have a fixed order: lanes by index, then the lanes; what does not fill a
/// vector follows one by one.
/// </summary>
static unsafe class VectorMath
{
    static int Width => Vector<float>.Count;

    /// <summary>
    /// target = source / rms(source) * weight. Llama's RMS norm; <paramref name="target"/> may be <paramref name="source"/>.
    /// </summary>
    public static void RmsNorm(float* source, float* weight, float epsilon, int length, float* target)
    {
        Vector<float> squares = default;
        int i = 0;
        for (; i <= length - Width; i += Width)
            squares = Vector.FusedMultiplyAdd(Vector.Load(source + i), Vector.Load(source + i), squares);
        float sum = Vector.Sum(squares);
        for (; i < length; i++)
            sum += source[i] * source[i];
        float scale = 1 / MathF.Sqrt(sum / length + epsilon);
        for (i = 0; i <= length - Width; i += Width)
            (Vector.Load(source + i) * scale * Vector.Load(weight + i)).Store(target + i);
        for (; i < length; i++)
            target[i] = source[i] * scale * weight[i];
    }

    /// <summary>target += source.</summary>
    public static void Add(float* target, float* source, int length)
    {
        int i = 0;
        for (; i <= length - Width; i += Width)
            (Vector.Load(target + i) + Vector.Load(source + i)).Store(target + i);
        for (; i < length; i++)
            target[i] += source[i];
    }

    /// <summary>target = source * factor, <paramref name="length"/> elements.</summary>
    public static void Scale(float* source, float factor, int length, float* target)
    {
        int i = 0;
        for (; i <= length - Width; i += Width)
            (Vector.Load(source + i) * factor).Store(target + i);
        for (; i < length; i++)
            target[i] = source[i] * factor;
    }

    /// <summary>target = target * factors, element by element.</summary>
    public static void Multiply(float* target, float* factors, int length)
    {
        int i = 0;
        for (; i <= length - Width; i += Width)
            (Vector.Load(target + i) * Vector.Load(factors + i)).Store(target + i);
        for (; i < length; i++)
            target[i] *= factors[i];
    }

    /// <summary>target += source * factor, each rounded once.</summary>
    public static void AddScaled(float* target, float* source, float factor, int length)
    {
        int i = 0;
        for (; i <= length - Width; i += Width)
            Vector.FusedMultiplyAdd(Vector.Load(source + i), new Vector<float>(factor), Vector.Load(target + i)).Store(target + i);
        for (; i < length; i++)
            target[i] = MathF.FusedMultiplyAdd(source[i], factor, target[i]);
    }

    /// <summary>gate = gate / (1 + e^-gate) * up.</summary>
    public static void Gate(float* gate, float* up, int length)
    {
        int i = 0;
        for (; i <= length - Width; i += Width)
            Gate(Vector.Load(gate + i), Vector.Load(up + i)).Store(gate + i);
        for (; i < length; i++)
            gate[i] = Gate(new Vector<float>(gate[i]), new Vector<float>(up[i]))[0];
    }

    /// <summary>
    /// e^x to about one unit in the last place; 0 below -87.3, and so for negative infinity. Reduction to |r| &lt;= ln 2 / 2, polynomial of
    /// degree 6 (S. L. Moshier, Cephes expf), scaling by the exponent's bits.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Exp(Vector<float> x)
    {
        Vector<float> low = new(-87.3f), magic = new(12582912f); // 1.5 * 2^23: adding it rounds to an integer
        Vector<float> clamped = Vector.MinNative(new Vector<float>(88.37f), Vector.MaxNative(low, x)); // in this order NaN stays NaN
        Vector<float> shifted = Vector.FusedMultiplyAdd(clamped, new Vector<float>(1.44269504f), magic);
        Vector<float> n = shifted - magic;
        Vector<float> r = Vector.FusedMultiplyAdd(n, new Vector<float>(-0.693359375f), clamped);
        r = Vector.FusedMultiplyAdd(n, new Vector<float>(2.12194440e-4f), r);
        Vector<float> p = Vector.FusedMultiplyAdd(new Vector<float>(1.9875691500e-4f), r, new Vector<float>(1.3981999507e-3f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(8.3334519073e-3f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(4.1665795894e-2f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(1.6666665459e-1f));
        p = Vector.FusedMultiplyAdd(p, r, new Vector<float>(5.0000001201e-1f));
        p = Vector.FusedMultiplyAdd(p, r * r, r + Vector<float>.One);
        Vector<int> exponent = Vector.ShiftLeft(Vector.AsVectorInt32(shifted), 23) + Vector.ShiftLeft(new Vector<int>(127), 23);
        return Vector.ConditionalSelect(Vector.LessThan(x, low), Vector<float>.Zero, p * Vector.AsVectorSingle(exponent));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector<float> Gate(Vector<float> gate, Vector<float> up) => gate / (Vector<float>.One + Exp(-gate)) * up;
}
