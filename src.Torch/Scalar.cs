using System;
using TorchSharp.Bridge;

namespace TorchSharp;

/// <summary>A number whose type is known at run time, as ATen's operators take it.</summary>
public sealed class Scalar
{
    private readonly double real;
    private readonly long integer;
    private readonly ValueTag tag;

    private Scalar(double value) => (tag, real) = (ValueTag.Double, value);

    private Scalar(long value, ValueTag tag) => (this.tag, integer) = (tag, value);

    /// <summary>Wraps a 64-bit integer.</summary>
    public static implicit operator Scalar(long value) => new(value, ValueTag.Int);

    /// <summary>Wraps a 32-bit integer.</summary>
    public static implicit operator Scalar(int value) => new(value, ValueTag.Int);

    /// <summary>Wraps a byte.</summary>
    public static implicit operator Scalar(byte value) => new(value, ValueTag.Int);

    /// <summary>Wraps a double.</summary>
    public static implicit operator Scalar(double value) => new(value);

    /// <summary>Wraps a float.</summary>
    public static implicit operator Scalar(float value) => new(value);

    /// <summary>Wraps a bool.</summary>
    public static implicit operator Scalar(bool value) => new(value ? 1 : 0, ValueTag.Bool);

    internal Argument ToArgument() =>
        tag switch
        {
            ValueTag.Double => real,
            ValueTag.Bool => integer != 0,
            _ => integer,
        };

    /// <inheritdoc/>
    public override string ToString() =>
        tag == ValueTag.Double
            ? real.ToString("R", System.Globalization.CultureInfo.InvariantCulture)
            : integer.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>Explicit conversions, for languages that convert nothing by themselves.</summary>
public static class ScalarExtensionMethods
{
    /// <summary>Wraps a byte.</summary>
    public static Scalar ToScalar(this byte value) => value;

    /// <summary>Wraps a 32-bit integer.</summary>
    public static Scalar ToScalar(this int value) => value;

    /// <summary>Wraps a 64-bit integer.</summary>
    public static Scalar ToScalar(this long value) => value;

    /// <summary>Wraps a float.</summary>
    public static Scalar ToScalar(this float value) => value;

    /// <summary>Wraps a double.</summary>
    public static Scalar ToScalar(this double value) => value;

    /// <summary>Wraps a bool.</summary>
    public static Scalar ToScalar(this bool value) => value;
}
