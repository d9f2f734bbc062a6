using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace PatFramework.Core.Weights;

/// <summary>Writes a dictionary of tensors as a pickle (protocol 2) that torch.load and libtorch's unpickler read.</summary>
internal static class PickleWriter
{
    /// <summary>The program.</summary>
    /// <param name="tensors">By name, in this order.</param>
    public static byte[] Write(IEnumerable<(string Name, PickleTensor Tensor)> tensors)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        Codes(writer, "\u0080\u0002}(");
        foreach (var (name, tensor) in tensors)
        {
            Text(writer, name);
            Tensor(writer, tensor);
        }
        Codes(writer, "u.");
        return stream.ToArray();
    }

    /// <summary>_rebuild_tensor_v2(storage, offset, shape, strides, False, OrderedDict()).</summary>
    private static void Tensor(BinaryWriter writer, PickleTensor tensor)
    {
        Codes(writer, "ctorch._utils\n_rebuild_tensor_v2\n(");
        Storage(writer, tensor.Storage);
        Number(writer, tensor.Offset);
        Numbers(writer, tensor.Shape);
        Numbers(writer, tensor.Strides);
        Codes(writer, "\u0089ccollections\nOrderedDict\n)RtR");
    }

    private static void Storage(BinaryWriter writer, PickleStorage storage)
    {
        var type = PickleTensor.Types.First(pair => pair.Value.Type == storage.Type).Key;
        Codes(writer, "(");
        Text(writer, "storage");
        Codes(writer, $"ctorch\n{type}\n");
        Text(writer, storage.Record);
        Text(writer, "cpu");
        Number(writer, storage.Elements);
        Codes(writer, "tQ");
    }

    private static void Numbers(BinaryWriter writer, long[] values)
    {
        Codes(writer, "(");
        Array.ForEach(values, value => Number(writer, value));
        Codes(writer, "t");
    }

    private static void Number(BinaryWriter writer, long value)
    {
        if (value is >= int.MinValue and <= int.MaxValue)
        {
            Codes(writer, "J");
            writer.Write((int)value);
        }
        else
        {
            Codes(writer, "\u008a\u0008");
            writer.Write(value);
        }
    }

    private static void Text(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Codes(writer, "X");
        writer.Write(bytes.Length);
        writer.Write(bytes);
    }

    private static void Codes(BinaryWriter writer, string codes) => writer.Write(Encoding.Latin1.GetBytes(codes));
}
