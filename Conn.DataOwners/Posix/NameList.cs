using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Conn.DataOwners.Posix;

/// <summary>The names of one folder in raw bytes, sorted by them; one buffer for all, reused for folder after folder.</summary>
internal sealed class NameList
{
    private const int HeaderBytes = 19;
    private byte[] _bytes = new byte[1024];
    private Slot[] _slots = new Slot[32];
    private int _used;

    internal int Count { get; private set; }

    /// <summary>The name with its NUL.</summary>
    internal ReadOnlySpan<byte> this[int index] => _bytes.AsSpan(_slots[index].Offset, _slots[index].Length + 1);

    /// <summary>Reads all names of an open folder but <c>.</c> and <c>..</c>.</summary>
    internal int Fill(int folder, byte[] scratch)
    {
        (Count, _used) = (0, 0);
        while (true)
        {
            int error = Kernel.ReadFolder(folder, scratch, out int bytes);
            if (error != 0)
            {
                return error;
            }

            if (bytes == 0)
            {
                break;
            }

            for (ReadOnlySpan<byte> rest = scratch.AsSpan(0, bytes); !rest.IsEmpty;)
            {
                int length = BinaryPrimitives.ReadUInt16LittleEndian(rest[16..]);
                ReadOnlySpan<byte> name = rest[HeaderBytes..length];
                Add(name[..name.IndexOf((byte)0)]);
                rest = rest[length..];
            }
        }

        _slots.AsSpan(0, Count).Sort(new ByBytes(_bytes));
        return 0;
    }

    private void Add(ReadOnlySpan<byte> name)
    {
        if (name is [(byte)'.'] or [(byte)'.', (byte)'.'])
        {
            return;
        }

        if (_used + name.Length + 1 > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _used + name.Length + 1));
        }

        if (Count == _slots.Length)
        {
            Array.Resize(ref _slots, Count * 2);
        }

        name.CopyTo(_bytes.AsSpan(_used));
        _bytes[_used + name.Length] = 0;
        _slots[Count++] = new Slot(Prefix(name), _used, name.Length);
        _used += name.Length + 1;
    }

    private static ulong Prefix(ReadOnlySpan<byte> name)
    {
        if (name.Length >= sizeof(ulong))
        {
            return BinaryPrimitives.ReadUInt64BigEndian(name);
        }

        Span<byte> padded = stackalloc byte[sizeof(ulong)];
        padded.Clear();
        name.CopyTo(padded);
        return BinaryPrimitives.ReadUInt64BigEndian(padded);
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Slot(ulong Prefix, int Offset, int Length);

    private readonly struct ByBytes(byte[] bytes) : IComparer<Slot>
    {
        public int Compare(Slot x, Slot y) => x.Prefix != y.Prefix
            ? x.Prefix.CompareTo(y.Prefix)
            : bytes.AsSpan(x.Offset, x.Length).SequenceCompareTo(bytes.AsSpan(y.Offset, y.Length));
    }
}
