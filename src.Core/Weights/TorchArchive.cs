using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Runtime.InteropServices;
using PatFramework.Core.Native;
using PatFramework.Core.Training;
using static TorchSharp.torch;

namespace PatFramework.Core.Weights;

/// <summary>
/// PyTorch's .pt and .pth files of a state_dict: a zip archive of a pickle and one record a storage. The pickle is read
/// here first (<see cref="PickleReader"/>), so that nothing but tensors comes to libtorch's unpickler, which makes them.
/// </summary>
public static class TorchArchive
{
    private const string Program = "data.pkl";
    private const long LongestProgram = 100_000_000;

    /// <summary>Reads the tensors of a state_dict, or of the state_dict inside a checkpoint.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="PatException">No such file, the format from before PyTorch 1.6, Python code, or what is wrong with it.</exception>
    public static IReadOnlyDictionary<string, Tensor> Read(string path)
    {
        try
        {
            var tensors = Describe(path);
            return Load(path, PickleWriter.Write(tensors));
        }
        catch (InvalidDataException failure)
        {
            throw new PatException($"{path} is not loaded: {failure.Message.TrimEnd('.')}.", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new PatException($"{path} could not be read: {failure.Message}", failure);
        }
    }

    /// <summary>Writes a dictionary of tensors that torch.load reads, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">By name; on any device.</param>
    /// <exception cref="PatException">The file can't be written.</exception>
    public static void Write(string path, IReadOnlyDictionary<string, Tensor> tensors)
    {
        var entries = tensors.ToList();
        var program = PickleWriter.Write(entries.Select((entry, index) => (entry.Key, Contiguous(entry.Value, index))));
        var handles = entries.Select(entry => entry.Value.Handle).ToArray();
        AtomicFile.Write(
            path,
            stream =>
            {
                var file = ((FileStream)stream).Name;
                if (PatTorch.pat_torch_save(file, program, program.Length, handles, handles.Length) != 0)
                {
                    throw new IOException(PatTorch.LastError);
                }
            }
        );
        GC.KeepAlive(entries);
    }

    private static PickleTensor Contiguous(Tensor tensor, int record)
    {
        var shape = tensor.shape;
        var strides = new long[shape.Length];
        var step = 1L;
        for (var dimension = shape.Length - 1; dimension >= 0; dimension--)
        {
            strides[dimension] = step;
            step *= Math.Max(1, shape[dimension]);
        }
        return new PickleTensor(new PickleStorage(tensor.dtype, $"{record}", tensor.numel()), 0, shape, strides);
    }

    /// <summary>The tensors that the archive's pickle describes, each inside a record that is there.</summary>
    private static List<(string Name, PickleTensor Tensor)> Describe(string path)
    {
        using var stream = File.OpenRead(path);
        CheckKind(stream);
        using var archive = new ZipArchive(stream, ZipArchiveMode.Read);
        var program =
            archive.Entries.FirstOrDefault(entry => entry.Name == Program)
            ?? throw new InvalidDataException("it is a zip archive without a data.pkl, so torch.save didn't write it");
        var folder = program.FullName[..^Program.Length];
        if (archive.Entries.Any(entry => entry.FullName == folder + "constants.pkl"))
        {
            throw new InvalidDataException("it is a TorchScript program: save the model's state_dict() instead");
        }
        var tensors = StateDictSearch.Tensors(new PickleReader(Bytes(program)).Read());
        foreach (var (name, tensor) in tensors)
        {
            var record = archive.GetEntry($"{folder}data/{tensor.Storage.Record}");
            var size = PickleTensor.Types.Values.First(known => known.Type == tensor.Storage.Type).Size;
            if (record is null || tensor.Storage.Elements > record.Length / size)
            {
                throw new InvalidDataException(
                    $"the elements of '{name}' are missing or too few: write or download it again"
                );
            }
        }
        return tensors;
    }

    private static void CheckKind(Stream stream)
    {
        Span<byte> start = stackalloc byte[4];
        var read = stream.ReadAtLeast(start, 4, throwOnEndOfStream: false);
        stream.Position = 0;
        if (read == 4 && start.SequenceEqual("PK\u0003\u0004"u8))
        {
            return;
        }
        throw new InvalidDataException(
            read > 1 && start[0] == 0x80
                ? "it is in PyTorch's format from before version 1.6: convert it in Python with "
                    + "torch.save(torch.load(FILE, map_location='cpu'), FILE)"
                : "it is no zip archive, as torch.save writes: it was cut short, or is something else"
        );
    }

    private static byte[] Bytes(ZipArchiveEntry entry)
    {
        if (entry.Length > LongestProgram)
        {
            throw new InvalidDataException($"its pickle of {entry.Length} bytes is longer than a state_dict's");
        }
        using var content = entry.Open();
        var bytes = new byte[entry.Length];
        content.ReadExactly(bytes);
        return bytes;
    }

    private static unsafe Dictionary<string, Tensor> Load(string path, byte[] program)
    {
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var context = GCHandle.Alloc(tensors);
        try
        {
            var status = PatTorch.pat_torch_load(path, program, program.Length, &Found, GCHandle.ToIntPtr(context));
            return status == 0 ? tensors : throw new InvalidDataException(FirstSentence(PatTorch.LastError));
        }
        finally
        {
            context.Free();
        }
    }

    [UnmanagedCallersOnly]
    private static unsafe void Found(nint context, byte* name, nint tensor)
    {
        var tensors = (Dictionary<string, Tensor>)GCHandle.FromIntPtr(context).Target!;
        tensors[Marshal.PtrToStringUTF8((nint)name)!] = Tensor.UnsafeCreateTensor(tensor).DetachFromDisposeScope();
    }

    private static string FirstSentence(string message) => message.Split('\n')[0];
}
