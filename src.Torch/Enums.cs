namespace TorchSharp;

/// <summary>Where a tensor lives; the values are libtorch's.</summary>
public enum DeviceType
{
    /// <summary>Host memory.</summary>
    CPU = 0,

    /// <summary>An NVIDIA GPU.</summary>
    CUDA = 1,
}

/// <summary>How values outside an image are made up.</summary>
public enum PaddingModes
{
    /// <summary>Zeros.</summary>
    Zeros = 0,

    /// <summary>Mirrored without repeating the edge.</summary>
    Reflect = 1,

    /// <summary>The edge repeated.</summary>
    Replicate = 2,

    /// <summary>Wrapped around.</summary>
    Circular = 3,

    /// <summary>A given value.</summary>
    Constant = 4,
}

public static partial class torch
{
    /// <summary>How <c>grid_sample</c> reads between pixels.</summary>
    public enum GridSampleMode
    {
        /// <summary>The nearest pixel.</summary>
        Nearest = 0,

        /// <summary>Linear along both axes.</summary>
        Bilinear = 2,
    }

    /// <summary>What <c>grid_sample</c> reads outside the input.</summary>
    public enum GridSamplePaddingMode
    {
        /// <summary>0.</summary>
        Zeros = 0,

        /// <summary>The input reflected at its edges.</summary>
        Reflection = 1,

        /// <summary>The nearest pixel of the edge.</summary>
        Border = 2,
    }

    /// <summary>How an image is resampled.</summary>
    public enum InterpolationMode
    {
        /// <summary>Nearest neighbour.</summary>
        Nearest = 0,

        /// <summary>Bilinear.</summary>
        Bilinear = 2,
    }

    /// <summary>Element types; the values are libtorch's.</summary>
    public enum ScalarType : sbyte
    {
        /// <summary>8-bit unsigned integer.</summary>
        Byte = 0,

        /// <summary>8-bit signed integer.</summary>
        Int8 = 1,

        /// <summary>16-bit integer.</summary>
        Int16 = 2,

        /// <summary>32-bit integer.</summary>
        Int32 = 3,

        /// <summary>64-bit integer.</summary>
        Int64 = 4,

        /// <summary>IEEE half precision.</summary>
        Float16 = 5,

        /// <summary>IEEE single precision.</summary>
        Float32 = 6,

        /// <summary>IEEE double precision.</summary>
        Float64 = 7,

        /// <summary>Boolean.</summary>
        Bool = 11,

        /// <summary>Brain floating point: 8 bits of exponent, 8 of significand.</summary>
        BFloat16 = 15,
    }

    /// <summary>8-bit unsigned integer.</summary>
    public const ScalarType uint8 = ScalarType.Byte;

    /// <summary>32-bit integer.</summary>
    public const ScalarType int32 = ScalarType.Int32;

    /// <summary>64-bit integer.</summary>
    public const ScalarType int64 = ScalarType.Int64;

    /// <summary>Half precision.</summary>
    public const ScalarType float16 = ScalarType.Float16;

    /// <summary>Single precision.</summary>
    public const ScalarType float32 = ScalarType.Float32;

    /// <summary>Double precision.</summary>
    public const ScalarType float64 = ScalarType.Float64;

    /// <summary>Brain floating point.</summary>
    public const ScalarType bfloat16 = ScalarType.BFloat16;

    /// <summary>Boolean.</summary>
    public const ScalarType @bool = ScalarType.Bool;
}
