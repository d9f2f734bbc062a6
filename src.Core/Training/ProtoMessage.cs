using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace PatFramework.Core.Training;

/// <summary>The wire format of protocol buffers, as far as events need it.</summary>
internal sealed class ProtoMessage
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

    public void Text(int field, string value) => Raw(field, Encoding.UTF8.GetBytes(value));

    public void Message(int field, Action<ProtoMessage> fill)
    {
        var inner = new ProtoMessage();
        fill(inner);
        Raw(field, inner.Bytes);
    }

    public void Raw(int field, ReadOnlySpan<byte> bytes)
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
