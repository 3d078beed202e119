namespace Speculative;

#pragma warning disable CA1720 // the field's own words for these formats
/// <summary>The number format in which a <see cref="CpuModel"/> keeps the matrices that it multiplies with.</summary>
public enum Precision
{
    /// <summary>As the source has them, where they are: nothing is copied that can be mapped.</summary>
    AsStored,

    /// <summary>Single precision.</summary>
    F32,

    /// <summary>The upper half of single precision, rounded to nearest.</summary>
    BF16,

    /// <summary>Eight bits and a half-precision scale for 32 inputs; activations are rounded to 129 levels with a scale for 32.</summary>
    Int8,

    /// <summary>Four bits and a half-precision scale for 32 inputs; activations are rounded to 255 levels with a scale for 32.</summary>
    Int4,

    /// <summary>
    /// The numbers as the source has them, copied once into the order in which passes read them: takes as much memory again (twice as much
    /// of F16, which becomes single precision), and verifies several rows in less time than <see cref="AsStored"/>.
    /// </summary>
    StoredPanels,
}
