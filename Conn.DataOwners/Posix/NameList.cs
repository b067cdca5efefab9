using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Conn.DataOwners.Posix;

/// <summary>The names of one folder in raw bytes, sorted by them; kept in blocks that never move, reused for folder after folder.</summary>
internal sealed class NameList
{
    private const int HeaderBytes = 19;
    private const int BlockBits = 18;
    private const int BlockBytes = 1 << BlockBits;
    private readonly List<byte[]> _blocks = [];
    private Slot[] _slots = new Slot[32];
    private int _used;

    internal int Count { get; private set; }

    /// <summary>The name with its NUL.</summary>
    internal ReadOnlySpan<byte> this[int index] => At(_blocks, _slots[index].Offset, _slots[index].Length + 1);

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

        _slots.AsSpan(0, Count).Sort(new ByBytes(_blocks));
        return 0;
    }

    private void Add(ReadOnlySpan<byte> name)
    {
        if (name is [(byte)'.'] or [(byte)'.', (byte)'.'])
        {
            return;
        }

        if ((_used & (BlockBytes - 1)) + name.Length + 1 > BlockBytes)
        {
            // A name lies in one block: what is left of this one stays empty.
            _used = ((_used >> BlockBits) + 1) << BlockBits;
        }

        if (_used >> BlockBits == _blocks.Count)
        {
            // The first block starts small: a list stands for every folder on the way down, and most are short.
            _blocks.Add(new byte[_blocks.Count == 0 ? 1024 : BlockBytes]);
        }

        int needed = (_used & (BlockBytes - 1)) + name.Length + 1;
        if (needed > _blocks[^1].Length && _blocks.Count == 1)
        {
            byte[] first = _blocks[0];
            Array.Resize(ref first, Math.Min(BlockBytes, Math.Max(first.Length * 2, needed)));
            _blocks[0] = first;
        }

        if (Count == _slots.Length)
        {
            Array.Resize(ref _slots, Count * 2);
        }

        Span<byte> place = At(_blocks, _used, name.Length + 1);
        name.CopyTo(place);
        place[^1] = 0;
        _slots[Count++] = new Slot(Prefix(name), _used, name.Length);
        _used += name.Length + 1;
    }

    private static Span<byte> At(List<byte[]> blocks, int offset, int length) =>
        blocks[offset >> BlockBits].AsSpan(offset & (BlockBytes - 1), length);

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

    private readonly struct ByBytes(List<byte[]> blocks) : IComparer<Slot>
    {
        public int Compare(Slot x, Slot y) => x.Prefix != y.Prefix
            ? x.Prefix.CompareTo(y.Prefix)
            : At(blocks, x.Offset, x.Length).SequenceCompareTo(At(blocks, y.Offset, y.Length));
    }
}
