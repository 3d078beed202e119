using System.Globalization;

namespace Speculative;

/// <summary>GGUF's numbers of number formats.</summary>
static class GgufTypes
{
    static readonly string[] names =
    [
        "F32", "F16", "Q4_0", "Q4_1", "", "", "Q5_0", "Q5_1", "Q8_0", "Q8_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "Q8_K",
        "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S", "IQ2_S", "IQ4_XS", "I8", "I16", "I32", "I64", "F64", "IQ1_M", "BF16",
    ];

    const uint Q41 = 3, Q6K = 14;

    public const string Supported = "F32, F16, BF16, Q8_0, Q4_0, Q4_1 or Q6_K";

    /// <summary>The format in which engines here get a tensor of a type; null for unknown types.</summary>
    public static ElementType? Find(uint type) => type switch
    {
        0 or Q41 or Q6K => ElementType.F32,
        1 => ElementType.F16,
        2 => ElementType.Q4_0,
        8 => ElementType.Q8_0,
        30 => ElementType.BF16,
        _ => null,
    };

    /// <summary>Whether tensors of a type are widened first.</summary>
    public static WidenedFormat Widened(uint type) =>
        type switch { Q41 => WidenedFormat.Q41, Q6K => WidenedFormat.Q6K, _ => WidenedFormat.None };

    public static string Name(uint type) =>
        type < names.Length && names[type].Length > 0 ? names[type] : $"type {type.ToString(CultureInfo.InvariantCulture)}";
}
