namespace PatFramework.Core.Data;

/// <summary>A colour image.</summary>
/// <param name="Size">Height and width.</param>
/// <param name="Pixels">Interleaved red, green, blue; Height × Width × 3.</param>
public sealed record RgbImage(ImageSize Size, byte[] Pixels);

/// <summary>A class id for every pixel.</summary>
/// <param name="Size">Height and width.</param>
/// <param name="Labels">Height × Width class ids.</param>
public sealed record LabelImage(ImageSize Size, byte[] Labels);
