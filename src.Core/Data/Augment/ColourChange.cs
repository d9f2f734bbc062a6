namespace PatFramework.Core.Data;

/// <summary>What one image's colours are changed by.</summary>
/// <param name="Brightness">Factor of all levels.</param>
/// <param name="Contrast">Factor of the distance to the image's mean luma.</param>
/// <param name="Saturation">Factor of the distance to the pixel's luma.</param>
/// <param name="Hue">Turn about the grey axis, in turns.</param>
public readonly record struct ColourChange(double Brightness, double Contrast, double Saturation, double Hue)
{
    /// <summary>Leaves colours as they are.</summary>
    public static ColourChange None { get; } = new(1, 1, 1, 0);
}
