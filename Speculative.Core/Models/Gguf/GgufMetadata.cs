using System.Globalization;

namespace Speculative;

/// <summary>The metadata of a GGUF file; every fault names the file and the key.</summary>
sealed unsafe class GgufMetadata(MappedFile file, IReadOnlyDictionary<string, GgufValue> values)
{
    const int LongestText = 16 << 20;

    /// <summary>More items than any list of a real file has: what a file says is not allocated before it is looked at.</summary>
    const int LongestList = 1 << 22;

    public string FilePath => file.Path;

    public bool Has(string key) => values.ContainsKey(key);

    public string Text(string key, string? otherwise = null)
    {
        if (otherwise is not null && !Has(key))
            return otherwise;
        GgufValue value = Find(key, "a text");
        return value is { Type: GgufValueType.Text, IsArray: false } ? new GgufCursor(file, value.Offset).Text(key, LongestText)
            : throw Fault(key, "a text");
    }

    public int Int(string key, int least, int most, int? otherwise = null)
    {
        string expected = $"a whole number from {least} to {most}";
        if (otherwise is { } standing && !Has(key))
            return standing;
        GgufValue value = Find(key, expected);
        return !value.IsArray && Whole(value.Type, Pointer(value)) is { } number && number >= least && number <= most ? (int)number
            : throw Fault(key, expected);
    }

    /// <summary>A finite number above 0.</summary>
    public double Positive(string key, double? otherwise = null) =>
        Finite(key, otherwise, "a finite number above 0", number => number > 0);

    /// <summary>A finite number, 0 or above.</summary>
    public double NotNegative(string key, double? otherwise = null) =>
        Finite(key, otherwise, "a finite number, not below 0", number => number >= 0);

    public bool Bool(string key, bool otherwise) => !Has(key) ? otherwise
        : values[key] is { Type: GgufValueType.Bool, IsArray: false } value ? *Pointer(value) != 0 : throw Fault(key, "true or false");

    public string[] Texts(string key)
    {
        GgufValue value = Find(key, "a list of texts");
        if (!value.IsArray || value.Type != GgufValueType.Text)
            throw Fault(key, "a list of texts");
        ThrowIfTooLong(key, value);
        GgufCursor cursor = new(file, value.Offset);
        string[] texts = new string[value.Count];
        for (int i = 0; i < texts.Length; i++)
            texts[i] = cursor.Text(key, LongestText);
        return texts;
    }

    /// <summary>A list of finite numbers of any type.</summary>
    public double[] Numbers(string key)
    {
        GgufValue value = Find(key, "a list of numbers");
        if (!value.IsArray || value.Type is GgufValueType.Text or GgufValueType.Bool)
            throw Fault(key, "a list of numbers");
        ThrowIfTooLong(key, value);
        double[] numbers = new double[value.Count];
        byte* item = Pointer(value);
        for (int i = 0; i < numbers.Length; i++, item += GgufHeader.Size(value.Type))
        {
            numbers[i] = Real(value.Type, item) ?? double.NaN;
            if (!double.IsFinite(numbers[i]))
                throw Fault(key, "a list of finite numbers");
        }
        return numbers;
    }

    public ModelFormatException Fault(string key, string expected) => new($"{file.Path}: {key}: expected {expected}, found {Found(key)}.");

    string Found(string key) => !values.TryGetValue(key, out GgufValue value) ? "nothing"
        : value.IsArray ? $"a list of {value.Count} ({value.Type})"
        : value.Type == GgufValueType.Text && new GgufCursor(file, value.Offset).UInt64(key) > 100 ? "a long text"
        : value.Type == GgufValueType.Text ? $"'{new GgufCursor(file, value.Offset).Text(key, 100)}'"
        : value.Type == GgufValueType.Bool ? "a truth value"
        : (Real(value.Type, Pointer(value)) ?? double.NaN).ToString(CultureInfo.InvariantCulture);

    double Finite(string key, double? otherwise, string expected, Func<double, bool> isAllowed)
    {
        if (otherwise is { } standing && !Has(key))
            return standing;
        GgufValue value = Find(key, expected);
        return !value.IsArray && Real(value.Type, Pointer(value)) is { } number && double.IsFinite(number) && isAllowed(number)
            ? number : throw Fault(key, expected);
    }

    void ThrowIfTooLong(string key, in GgufValue value)
    {
        if (value.Count > LongestList)
            throw Fault(key, $"at most {LongestList} items");
    }

    GgufValue Find(string key, string expected) => values.TryGetValue(key, out GgufValue value) ? value : throw Fault(key, expected);

    byte* Pointer(in GgufValue value) => file.Start + value.Offset;

    static Int128? Whole(GgufValueType type, byte* at) => type switch
    {
        GgufValueType.UInt8 => *at,
        GgufValueType.Int8 => *(sbyte*)at,
        GgufValueType.UInt16 => Read<ushort>(at),
        GgufValueType.Int16 => Read<short>(at),
        GgufValueType.UInt32 => Read<uint>(at),
        GgufValueType.Int32 => Read<int>(at),
        GgufValueType.UInt64 => Read<ulong>(at),
        GgufValueType.Int64 => Read<long>(at),
        _ => null,
    };

    static double? Real(GgufValueType type, byte* at) => type switch
    {
        GgufValueType.Float32 => Read<float>(at),
        GgufValueType.Float64 => Read<double>(at),
        _ => (double?)Whole(type, at),
    };

    /// <summary>Values lie at any address. (Machines that run .NET are little-endian but for one, which the header refuses.)</summary>
    static T Read<T>(byte* at) where T : unmanaged => System.Runtime.CompilerServices.Unsafe.ReadUnaligned<T>(at);
}
