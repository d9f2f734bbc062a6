namespace PatFramework.Core.Kernels;

/// <summary>How logits at a lower resolution than the labels come to theirs.</summary>
public enum Upsampling
{
    /// <summary>They have it already.</summary>
    None,

    /// <summary>Bilinear interpolation between the centres of pixels (PyTorch's align_corners=False).</summary>
    Bilinear,

    /// <summary>Bilinear interpolation between the centres of the corner pixels (align_corners=True).</summary>
    BilinearAlignCorners,
}
