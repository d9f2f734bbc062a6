using System.Globalization;

namespace PatFramework.Core.Data;

/// <summary>The size of an image in pixels, spelled <c>HEIGHTxWIDTH</c>.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
public readonly record struct ImageSize(int Height, int Width)
{
    /// <summary>Height × Width.</summary>
    public int Pixels => checked(Height * Width);

    /// <summary>Reads <c>180x240</c> (height first).</summary>
    /// <exception cref="PatException">The text is not two positive whole numbers with an x between them.</exception>
    public static ImageSize Parse(string text)
    {
        System.ArgumentNullException.ThrowIfNull(text);
        var parts = text.Split('x');
        return
            parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var height)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var width)
            && height > 0
            && width > 0
            ? new ImageSize(height, width)
            : throw new PatException($"'{text}' is not a size: give HEIGHTxWIDTH in pixels, such as 180x240.");
    }

    /// <inheritdoc />
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Height}x{Width}");
}
