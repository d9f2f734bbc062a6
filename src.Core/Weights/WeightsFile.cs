using System.Collections.Generic;
using System.IO;
using System.Linq;
using static TorchSharp.torch;

namespace PatFramework.Core.Weights;

/// <summary>Files of weights in the formats that go by their extension: .safetensors, .pt and .pth.</summary>
public static class WeightsFile
{
    private static readonly string[] TorchExtensions = [".pt", ".pth"];
    private static readonly Dictionary<string, string> NoMetadata = [];

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="PatException">No such file, another extension, or what is wrong with it.</exception>
    public static WeightsContent Read(string path) =>
        IsTorch(path) ? new WeightsContent(TorchArchive.Read(path), NoMetadata) : SafeTensors.Read(path);

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">By name; on any device.</param>
    /// <exception cref="PatException">Another extension, or the file can't be written.</exception>
    public static void Write(string path, IReadOnlyDictionary<string, Tensor> tensors)
    {
        if (IsTorch(path))
        {
            TorchArchive.Write(path, tensors);
        }
        else
        {
            SafeTensors.Write(path, tensors);
        }
    }

    private static bool IsTorch(string path)
    {
        var extension = Path.GetExtension(path);
        if (TorchExtensions.Contains(extension))
        {
            return true;
        }
        return extension == ".safetensors"
            ? false
            : throw new PatException($"{path} has no extension of weights: give a .safetensors, .pt or .pth file.");
    }
}
