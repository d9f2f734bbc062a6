using System;
using System.Buffers.Binary;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Numerics;
using PatFramework.Core.Data;

namespace PatFramework.Core.Training;

/// <summary>Writes scalars, images and texts as a TensorBoard event file.</summary>
/// <remarks>
/// An event file is a sequence of TFRecords (length, masked CRC-32C of the length, data, masked CRC-32C of the data), each
/// holding an <c>Event</c> message of tensorflow/core/util/event.proto; only the fields used here are encoded.
/// </remarks>
public sealed class TensorBoardWriter : IDisposable
{
    private const string Prefix = "events.out.tfevents.";
    private const int WallTimeField = 1;
    private const int StepField = 2;
    private const int FileVersionField = 3;
    private const int SummaryField = 5;
    private const int SessionLogField = 7;

    private readonly FileStream _file;

    /// <summary>Opens a new event file in <paramref name="folder"/>.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="firstStep">Events that older files of the folder hold from this step on are void: TensorBoard leaves them out.</param>
    public TensorBoardWriter(string folder, long firstStep)
    {
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"{Prefix}{NextSecond(folder)}.{Environment.MachineName}.{Environment.ProcessId}.0"
        );
        _file = new FileStream(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        WriteEvent(0, message => message.Text(FileVersionField, "brain.Event:2"));
        if (firstStep > 0)
        {
            const int status = 1;
            const int start = 1;
            WriteEvent(
                firstStep,
                message => message.Message(SessionLogField, session => session.Varint(status, start))
            );
        }
        Flush();
    }

    /// <summary>
    /// The second to name a file by. TensorBoard reads the files of a run in the order of their names, so a clock that was set back must
    /// not put a continuation before what it continues.
    /// </summary>
    private static long NextSecond(string folder) =>
        Directory
            .EnumerateFiles(folder, Prefix + "*")
            .Select(file => Path.GetFileName(file)[Prefix.Length..].Split('.')[0])
            .Select(second => long.TryParse(second, CultureInfo.InvariantCulture, out var value) ? value + 1 : 0)
            .Append(DateTimeOffset.UtcNow.ToUnixTimeSeconds())
            .Max();

    /// <summary>Adds a point to the curve <paramref name="tag"/>; a value that is absent is left out.</summary>
    public void Scalar(string tag, long step, double? value)
    {
        if (value is not { } number)
        {
            return;
        }
        const int simpleValueField = 2;
        WriteValue(tag, step, point => point.Float(simpleValueField, (float)number));
    }

    /// <summary>Adds an image to the row <paramref name="tag"/>.</summary>
    public void Image(string tag, long step, RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        const int imageField = 4;
        const int colours = 3;
        WriteValue(
            tag,
            step,
            point =>
                point.Message(
                    imageField,
                    picture =>
                    {
                        picture.Varint(1, image.Size.Height);
                        picture.Varint(2, image.Size.Width);
                        picture.Varint(3, colours);
                        picture.Raw(4, Codecs.EncodePng(image));
                    }
                )
        );
    }

    /// <summary>Adds a text, shown as it is.</summary>
    public void Text(string tag, string text)
    {
        const int tensorField = 8;
        const int metadataField = 9;
        const int stringType = 7;
        WriteValue(
            tag,
            step: 0,
            point =>
            {
                point.Message(
                    tensorField,
                    tensor =>
                    {
                        tensor.Varint(1, stringType);
                        tensor.Message(2, _ => { });
                        tensor.Text(8, $"<pre>{WebUtility.HtmlEncode(text)}</pre>");
                    }
                );
                point.Message(metadataField, metadata => metadata.Message(1, plugin => plugin.Text(1, "text")));
            }
        );
    }

    /// <summary>Adds the points of an epoch.</summary>
    public void Epoch(EpochMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        Scalar("epoch/train-loss", metrics.Step, metrics.TrainingLoss);
        Scalar("val/cross-entropy", metrics.Step, metrics.ValidationCrossEntropy);
        Scalar("val/mIoU", metrics.Step, metrics.MeanIoU);
        Scalar("val/mIoU-head", metrics.Step, metrics.HeadMeanIoU);
        Scalar("val/mIoU-medium", metrics.Step, metrics.MediumMeanIoU);
        Scalar("val/mIoU-tail", metrics.Step, metrics.TailMeanIoU);
        Scalar("val/pixel-accuracy", metrics.Step, metrics.PixelAccuracy);
        Scalar("time/validation", metrics.Step, metrics.ValidationSeconds);
        Scalar("time/data", metrics.Step, metrics.Time?.Data);
        Scalar("time/forward", metrics.Step, metrics.Time?.Forward);
        Scalar("time/loss", metrics.Step, metrics.Time?.Loss);
        Scalar("time/backward", metrics.Step, metrics.Time?.Backward);
        Scalar("time/optimizer", metrics.Step, metrics.Time?.Optimizer);
        Scalar("memory/peak-resident-MiB", metrics.Step, metrics.PeakResidentMiB);
        foreach (var (name, value) in metrics.IoU)
        {
            Scalar($"IoU/{name}", metrics.Step, value);
        }
    }

    /// <summary>Hands what was written to the system, so that a running TensorBoard sees it.</summary>
    public void Flush() => _file.Flush();

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private void WriteValue(string tag, long step, Action<ProtoMessage> fill)
    {
        const int valueField = 1;
        const int tagField = 1;
        WriteEvent(
            step,
            message =>
                message.Message(
                    SummaryField,
                    summary =>
                        summary.Message(
                            valueField,
                            point =>
                            {
                                point.Text(tagField, tag);
                                fill(point);
                            }
                        )
                )
        );
    }

    private void WriteEvent(long step, Action<ProtoMessage> fill)
    {
        var message = new ProtoMessage();
        message.Double(WallTimeField, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0);
        message.Varint(StepField, step);
        fill(message);
        WriteRecord(message.Bytes);
    }

    private void WriteRecord(ReadOnlySpan<byte> data)
    {
        Span<byte> header = stackalloc byte[sizeof(ulong) + sizeof(uint)];
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[sizeof(ulong)..], MaskedCrc(header[..sizeof(ulong)]));
        Span<byte> footer = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(footer, MaskedCrc(data));
        _file.Write(header);
        _file.Write(data);
        _file.Write(footer);
    }

    /// <summary>TFRecord's checksum: CRC-32C (Castagnoli), rotated right by 15 bits plus a constant.</summary>
    internal static uint MaskedCrc(ReadOnlySpan<byte> data)
    {
        const uint mask = 0xa282ead8;
        var crc = uint.MaxValue;
        foreach (var value in data)
        {
            crc = BitOperations.Crc32C(crc, value);
        }
        return BitOperations.RotateRight(~crc, 15) + mask;
    }
}
