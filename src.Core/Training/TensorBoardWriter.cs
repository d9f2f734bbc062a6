using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.IO;
using System.Numerics;
using System.Text;

namespace PatFramework.Core.Training;

/// <summary>Writes scalars as a TensorBoard event file.</summary>
/// <remarks>
/// An event file is a sequence of TFRecords (length, masked CRC-32C of the length, data, masked CRC-32C of the data), each
/// holding an <c>Event</c> message of tensorflow/core/util/event.proto; only the fields used here are encoded.
/// </remarks>
public sealed class TensorBoardWriter : IDisposable
{
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
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"events.out.tfevents.{now / 1000}.{Environment.MachineName}.{Environment.ProcessId}.{now % 1000}"
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

    /// <summary>Adds a point to the curve <paramref name="tag"/>; a value that is absent is left out.</summary>
    public void Scalar(string tag, long step, double? value)
    {
        if (value is not { } number)
        {
            return;
        }
        const int valueField = 1;
        const int tagField = 1;
        const int simpleValueField = 2;
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
                                point.Float(simpleValueField, (float)number);
                            }
                        )
                )
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
        foreach (var (name, value) in metrics.IoU)
        {
            Scalar($"IoU/{name}", metrics.Step, value);
        }
    }

    /// <summary>Hands what was written to the system, so that a running TensorBoard sees it.</summary>
    public void Flush() => _file.Flush();

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

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

    /// <summary>The wire format of protocol buffers, as far as events need it.</summary>
    private sealed class ProtoMessage
    {
        private readonly ArrayBufferWriter<byte> _bytes = new();

        public ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

        public void Varint(int field, long value)
        {
            Key(field, wireType: 0);
            Base128((ulong)value);
        }

        public void Double(int field, double value)
        {
            Key(field, wireType: 1);
            Span<byte> bytes = stackalloc byte[sizeof(double)];
            BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
            _bytes.Write(bytes);
        }

        public void Float(int field, float value)
        {
            Key(field, wireType: 5);
            Span<byte> bytes = stackalloc byte[sizeof(float)];
            BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
            _bytes.Write(bytes);
        }

        public void Text(int field, string value) => Delimited(field, Encoding.UTF8.GetBytes(value));

        public void Message(int field, Action<ProtoMessage> fill)
        {
            var inner = new ProtoMessage();
            fill(inner);
            Delimited(field, inner.Bytes);
        }

        private void Delimited(int field, ReadOnlySpan<byte> bytes)
        {
            Key(field, wireType: 2);
            Base128((ulong)bytes.Length);
            _bytes.Write(bytes);
        }

        private void Key(int field, int wireType) => Base128((ulong)((field << 3) | wireType));

        private void Base128(ulong value)
        {
            for (; value >= 0x80; value >>= 7)
            {
                _bytes.Write([(byte)(value | 0x80)]);
            }
            _bytes.Write([(byte)value]);
        }
    }
}
