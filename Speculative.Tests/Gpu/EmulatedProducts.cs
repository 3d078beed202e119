using ILGPU;
using ILGPU.Runtime;

namespace Speculative.Tests;

/// <summary>The tensor-core products with emulated tensor cores.</summary>
static class EmulatedProducts
{
    /// <summary>A quantized product for a tile of 8, 16 or 32 rows.</summary>
    public static Action<AcceleratorStream, KernelConfig, int, int, int, int, ArrayView<Fragment>, ArrayView<ulong>, ArrayView<Fragment>,
        ArrayView<float>> Load(Accelerator accelerator, int tileRows, QuantizedFormat format) =>
        accelerator.LoadKernel<int, int, int, int, ArrayView<Fragment>, ArrayView<ulong>, ArrayView<Fragment>, ArrayView<float>>(
            (tileRows, format) switch
            {
                (8, QuantizedFormat.Int8) =>
                    Run<RowTile8, ProductStagePair<ProductStage<Int8WeightStage>>, EmulatedTensorCore<BFloat16Format>>,
                (16, QuantizedFormat.Int8) =>
                    Run<RowTilePair<RowTile8>, ProductStagePair<ProductStage<Int8WeightStage>>, EmulatedTensorCore<BFloat16Format>>,
                (32, QuantizedFormat.Int8) =>
                    Run<
                        RowTilePair<RowTilePair<RowTile8>>, ProductStagePair<ProductStage<Int8WeightStage>>,
                        EmulatedTensorCore<BFloat16Format>>,
                (8, _) =>
                    Run<RowTile8, ProductStagePair<ProductStagePair<ProductStage<Int4WeightStage>>>, EmulatedTensorCore<BFloat16Format>>,
                (16, _) =>
                    Run<
                        RowTilePair<RowTile8>, ProductStagePair<ProductStagePair<ProductStage<Int4WeightStage>>>,
                        EmulatedTensorCore<BFloat16Format>>,
                _ =>
                    Run<
                        RowTilePair<RowTilePair<RowTile8>>, ProductStagePair<ProductStage<Int4WeightStage>>,
                        EmulatedTensorCore<BFloat16Format>>,
            });

    /// <summary>A product in 16 bits for a tile of 8 rows.</summary>
    public static Action<AcceleratorStream, KernelConfig, int, int, int, int, ArrayView<Fragment>, ArrayView<ulong>, ArrayView<Fragment>,
        ArrayView<float>> Load<TFormat>(Accelerator accelerator) where TFormat : struct, IHalfFormat =>
        accelerator.LoadKernel<int, int, int, int, ArrayView<Fragment>, ArrayView<ulong>, ArrayView<Fragment>, ArrayView<float>>(
            Run<RowTile8, ProductStage<HalfWeightStage>, EmulatedTensorCore<TFormat>>);

    /// <summary>A quantized product for a tile of 8 rows that brings one stage at a time.</summary>
    public static Action<AcceleratorStream, KernelConfig, int, int, int, int, ArrayView<Fragment>, ArrayView<ulong>, ArrayView<Fragment>,
        ArrayView<float>> LoadByStages(Accelerator accelerator, QuantizedFormat format) =>
        accelerator.LoadKernel<int, int, int, int, ArrayView<Fragment>, ArrayView<ulong>, ArrayView<Fragment>, ArrayView<float>>(
            format == QuantizedFormat.Int8 ? Run<RowTile8, ProductStage<Int8WeightStage>, EmulatedTensorCore<BFloat16Format>>
                : Run<RowTile8, ProductStage<Int4WeightStage>, EmulatedTensorCore<BFloat16Format>>);

    static void Run<TTile, TStage, TCore>(
        int rows, int stages, int outputs, int splitStages, ArrayView<Fragment> w, ArrayView<ulong> scales, ArrayView<Fragment> x,
        ArrayView<float> y)
        where TTile : struct, IRowTile where TStage : struct, IProductStage where TCore : struct, ITensorCore =>
        TensorProductKernel.Multiply<TTile, TStage, TCore>(rows, stages, outputs, splitStages, w, scales, x, y);
}
