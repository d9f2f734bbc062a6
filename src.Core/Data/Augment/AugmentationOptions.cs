namespace PatFramework.Core.Data;

/// <summary>What is varied at random.</summary>
/// <param name="Flip">The probability of a horizontal flip.</param>
/// <param name="ScaleMin">The least factor of the size; below 1 the image shrinks and is padded (mean colour, ignored label).</param>
/// <param name="ScaleMax">The greatest factor; above 1 the image grows and a random part is cut out.</param>
/// <param name="Rotate">The largest angle, in degrees, either way; what comes in from outside has the mean colour and is ignored.</param>
/// <param name="Jitter">
/// Strength s of the photometric jitter: brightness, contrast and saturation by factors in [1 − s, 1 + s], the hue by up to s/4 of a turn.
/// </param>
/// <param name="Blur">The probability of a Gaussian blur with σ in [0.1, 2] pixels.</param>
/// <param name="CopyPaste">The probability that an image gets a segment of another of its batch, rare classes first.</param>
public sealed record AugmentationOptions(
    double Flip = 0.5,
    double ScaleMin = 1,
    double ScaleMax = 1,
    double Rotate = 0,
    double Jitter = 0,
    double Blur = 0,
    double CopyPaste = 0
)
{
    /// <summary>Checks the ranges.</summary>
    /// <exception cref="PatException">A value is out of its range; the message names the option.</exception>
    public void Validate()
    {
        static bool IsProbability(double value) => value is >= 0 and <= 1;
        if (!IsProbability(Flip) || !IsProbability(Blur) || !IsProbability(CopyPaste))
        {
            throw new PatException($"--flip, --blur and --copy-paste are probabilities in [0, 1]; received {this}.");
        }
        if (!(ScaleMin > 0) || !(ScaleMin <= ScaleMax) || !double.IsFinite(ScaleMax))
        {
            throw new PatException($"--scale needs 0 < scale minimum <= scale maximum; received {this}.");
        }
        if (!(Rotate is >= 0 and <= 180) || !IsProbability(Jitter))
        {
            throw new PatException($"--rotate is 0 to 180 degrees and --jitter 0 to 1; received {this}.");
        }
    }
}
