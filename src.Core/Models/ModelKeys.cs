using PatFramework.Core.Models.Encoders;

namespace PatFramework.Core.Models;

/// <summary>The keys that architectures share.</summary>
internal static class ModelKeys
{
    /// <summary>The name of the key for dropout, whose default is the architecture's own.</summary>
    public const string Dropout = "dropout";

    /// <summary>Channels of the first level.</summary>
    public static ModelKey Width { get; } =
        new("width", "32", "channels of the first level, doubled at each next one; 64 with a ResNet");

    /// <summary>Number of levels.</summary>
    public static ModelKey Depth { get; } =
        new("depth", "5", "number of levels, to 12; sizes from 2^(depth-1) pixels work");

    /// <summary>What turns the image into features.</summary>
    public static ModelKey Features { get; } =
        new("encoder", EncoderKinds.Plain, $"one of {string.Join(", ", EncoderKinds.Names)}");

    /// <summary>The classifier.</summary>
    public static ModelKey Head { get; } =
        new("head", "linear", "linear or cosine (normalised features and weights, for LDAM)");

    /// <summary>The cosine classifier's scale.</summary>
    public static ModelKey Scale { get; } = new("scale", "30", "logits of head=cosine lie in [-scale, scale]");

    /// <summary>Whether blocks are recomputed.</summary>
    public static ModelKey Checkpoint { get; } =
        new("checkpoint", "false", "true: compute blocks again in the backward pass; less memory, same gradients");

    /// <summary>Channels of the DeepLabs' pyramid.</summary>
    public static ModelKey Pyramid { get; } = new("pyramid", "256", "channels of the atrous pyramid");

    /// <summary>Dropout of the coarsest features' channels.</summary>
    public static ModelKey ChannelDropout { get; } =
        new(Dropout, "0", "share of the coarsest features' channels that training zeroes, in [0, 1)");

    /// <summary>Dropout after the DeepLabs' pyramid.</summary>
    public static ModelKey PyramidDropout { get; } =
        new(Dropout, "0.5", "share of the pyramid's values that training zeroes, in [0, 1)");

    /// <summary>The factor between the image's and the encoder's last resolution.</summary>
    public static ModelKey OutputStride(int usual) =>
        new("outputStride", $"{usual}", "image's resolution over the encoder's, 8 or 16");
}
