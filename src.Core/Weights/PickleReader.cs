using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Numerics;
using System.Text;

namespace PatFramework.Core.Weights;

/// <summary>
/// Reads a pickle program (protocol 2 to 4) into values without running anything: numbers, strings, tuples, lists,
/// dictionaries, tensors. Whatever else Python would look up and call is refused by name.
/// </summary>
/// <param name="program">The bytes.</param>
internal sealed class PickleReader(byte[] program)
{
    private static readonly object Mark = new();

    private readonly List<object?> stack = [];
    private readonly Dictionary<long, object?> memo = [];
    private int position;

    /// <summary>The value that the program ends with.</summary>
    /// <exception cref="InvalidDataException">What is wrong, or what it would have called.</exception>
    public object? Read()
    {
        while (true)
        {
            var code = (char)Take(1)[0];
            if (code == '.')
            {
                return Pop();
            }
            Step(code);
        }
    }

    private void Step(char code)
    {
        if (!(Constant(code) || Container(code) || Memo(code)))
        {
            throw new InvalidDataException($"its pickle has the operation 0x{(int)code:x2}, which no state_dict needs");
        }
    }

    private bool Constant(char code)
    {
        switch (code)
        {
            case '\u0080':
                Take(1);
                return true;
            case '\u0095':
                Take(8);
                return true;
            case 'N':
                return Push(null);
            case '\u0088':
                return Push(true);
            case '\u0089':
                return Push(false);
            case 'K':
                return Push((long)Take(1)[0]);
            case 'M':
                return Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
            case 'J':
                return Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
            case '\u008a':
                return Push(Long(Take(Take(1)[0])));
            case 'G':
                return Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
            case 'X':
                return Push(Text(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
            case '\u008c':
                return Push(Text(Take(1)[0]));
            case 'c':
                return Push(new PickleGlobal(Line(), Line()));
            case '\u0093':
                var name = Pop() as string;
                return Push(new PickleGlobal(Pop() as string ?? "?", name ?? "?"));
            default:
                return false;
        }
    }

    private bool Container(char code)
    {
        switch (code)
        {
            case '(':
                return Push(Mark);
            case ')':
                return Push(new PickleTuple([]));
            case 't':
                return Push(new PickleTuple(PopToMark()));
            case '\u0085' or '\u0086' or '\u0087':
                return Push(new PickleTuple(PopMany(code - '\u0084')));
            case ']':
                return Push(new List<object?>());
            case 'a':
                var item = Pop();
                Top<List<object?>>("list").Add(item);
                return true;
            case 'e':
                var items = PopToMark();
                Top<List<object?>>("list").AddRange(items);
                return true;
            case '}':
                return Push(new PickleDictionary());
            case 's':
                return Set(PopMany(2));
            case 'u':
                return Set(PopToMark());
            case 'b':
                // The attributes of an object (an OrderedDict's _metadata) say nothing about the weights.
                Pop();
                return Top<PickleDictionary>("dictionary") is not null;
            case 'Q':
                return Push(Storage(Pop()));
            case 'R':
                var arguments = Pop() as PickleTuple;
                return Push(PickleCalls.Call(Pop(), arguments));
            default:
                return false;
        }
    }

    private bool Memo(char code)
    {
        switch (code)
        {
            case 'q':
                memo[Take(1)[0]] = Top<object>("value");
                return true;
            case 'r':
                memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Top<object>("value");
                return true;
            case '\u0094':
                memo[memo.Count] = Top<object>("value");
                return true;
            case 'h':
                return Push(Remembered(Take(1)[0]));
            case 'j':
                return Push(Remembered(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
            default:
                return false;
        }
    }

    private bool Push(object? value)
    {
        stack.Add(value);
        return true;
    }

    private bool Set(List<object?> pairs)
    {
        var target = Top<PickleDictionary>("dictionary");
        if (pairs.Count % 2 != 0)
        {
            throw Broken("a key without a value");
        }
        for (var index = 0; index < pairs.Count; index += 2)
        {
            target.Entries.Add((pairs[index], pairs[index + 1]));
        }
        return true;
    }

    private object? Pop()
    {
        var value = stack.Count > 0 ? stack[^1] : throw Broken("an empty stack");
        stack.RemoveAt(stack.Count - 1);
        return ReferenceEquals(value, Mark) ? throw Broken("a mark in place of a value") : value;
    }

    private List<object?> PopMany(int count)
    {
        var items = Enumerable.Range(0, count).Select(_ => Pop()).ToList();
        items.Reverse();
        return items;
    }

    private List<object?> PopToMark()
    {
        var mark = stack.FindLastIndex(value => ReferenceEquals(value, Mark));
        if (mark < 0)
        {
            throw Broken("no mark");
        }
        var items = stack[(mark + 1)..];
        stack.RemoveRange(mark, stack.Count - mark);
        return items;
    }

    private T Top<T>(string what)
        where T : class
    {
        var top = stack.Count > 0 ? stack[^1] : null;
        return top is null && typeof(T) == typeof(object) ? null! : top as T ?? throw Broken($"no {what}");
    }

    private object? Remembered(long index) =>
        memo.TryGetValue(index, out var value) ? value : throw Broken("a value that it never stored");

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count > program.Length - position)
        {
            throw new InvalidDataException("its pickle ends too early");
        }
        var bytes = program.AsSpan(position, (int)count);
        position += (int)count;
        return bytes;
    }

    private string Text(long length) => Encoding.UTF8.GetString(Take(length));

    private string Line()
    {
        var end = program.AsSpan(position).IndexOf((byte)'\n');
        if (end < 0)
        {
            throw new InvalidDataException("its pickle ends too early");
        }
        var text = Text(end);
        position++;
        return text;
    }

    private static long Long(ReadOnlySpan<byte> bytes) =>
        bytes.Length <= 8
            ? bytes.Length == 0
                ? 0
                : (long)new BigInteger(bytes)
            : throw new InvalidDataException("its pickle has a whole number of more than 64 bits");

    /// <summary>('storage', type, record, device, number of elements).</summary>
    private static PickleStorage Storage(object? identity)
    {
        if (
            identity is PickleTuple { Items: ["storage", PickleGlobal type, string record, string, long elements] }
            && type.Module == "torch"
            && PickleTensor.Types.TryGetValue(type.Name, out var known)
            && elements >= 0
        )
        {
            return new PickleStorage(known.Type, record, elements);
        }
        throw new InvalidDataException("it has a storage of a kind that isn't read");
    }

    private static InvalidDataException Broken(string what) => new($"its pickle is broken: it meets {what}");
}
