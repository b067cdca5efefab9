using Conn.PubSub.Core;

namespace Conn.PubSub.Watching;

/// <summary>
/// The newest publishes and deletes of the whole store, in order, with their bytes, in memory that is allocated once. An entry is dropped when its place, or the place
/// of its bytes, is needed. Guarded by the store's lock.
/// </summary>
internal sealed class History(int entries, int bytes, long since)
{
    private readonly Entry[] _entries = new Entry[entries];
    private readonly byte[] _bytes = new byte[bytes];
    private long _bytesHead;

    /// <summary>The number of the oldest entry.</summary>
    public long First { get; private set; }

    /// <summary>The number that the next entry will have.</summary>
    public long Next { get; private set; }

    /// <summary>Everything after this revision is kept.</summary>
    public long Since { get; private set; } = since;

    public void Add(PropertyName name, Definition definition, in PropertyChange change, ReadOnlySpan<byte> content, bool more)
    {
        int length = change.Type == PropertyType.Int ? 0 : content.Length;
        if (Next - First == _entries.Length)
        {
            DropOldest();
        }

        long limit = _bytesHead + length - _bytes.Length;
        while (First < Next && _entries[First % _entries.Length].At < limit)
        {
            DropOldest();
        }

        if (length > _bytes.Length)
        {
            // Not kept: a watch that has not reached it must read again.
            Next++;
            First = Next;
            Since = change.Revision.Value;
            return;
        }

        Copy(content[..length], _bytesHead);
        _entries[Next++ % _entries.Length] = new Entry(name, definition, change.Kind, definition.Type, change.Int, change.Revision.Value, change.Writer, _bytesHead, length, more);
        _bytesHead += length;
    }

    /// <summary>The number of the first entry after a revision that is not too old.</summary>
    public long Find(long revision)
    {
        long low = First;
        long high = Next;
        while (low < high)
        {
            long middle = low + ((high - low) / 2);
            if (_entries[middle % _entries.Length].Revision > revision)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }

    /// <summary>Reads an entry, with More as the publish had it for all readers; false when the category is another one or the client may not read it.</summary>
    public bool TryRead(long number, Access access, uint? category, out PropertyEvent read)
    {
        if (!Concerns(number, access, category))
        {
            read = default;
            return false;
        }

        ref readonly Entry entry = ref _entries[number % _entries.Length];
        PropertyChange change = entry.Kind == PropertyChangeKind.Deleted ? PropertyChange.Deleted(entry.Revision, entry.Writer)
            : entry.Type == PropertyType.Int ? PropertyChange.OfInt(entry.Value, entry.Revision, entry.Writer)
            : PropertyChange.OfBytes(entry.Type, BytesOf(entry), entry.Revision, entry.Writer);
        read = new PropertyEvent(PropertyEventKind.Change, entry.Name, change, new Revision(entry.Revision), entry.More);
        return true;
    }

    /// <summary>Whether an entry is of the category, and the client may read it.</summary>
    public bool Concerns(long number, Access access, uint? category)
    {
        ref readonly Entry entry = ref _entries[number % _entries.Length];
        return (category is null || entry.Name.Category == category) && entry.Definition.MayRead(access.Identity);
    }

    private void DropOldest()
    {
        ref Entry oldest = ref _entries[First++ % _entries.Length];
        Since = oldest.Revision;
        oldest = default;
    }

    private void Copy(ReadOnlySpan<byte> content, long at)
    {
        if (content.IsEmpty)
        {
            return;
        }

        int start = (int)(at % _bytes.Length);
        int before = Math.Min(content.Length, _bytes.Length - start);
        content[..before].CopyTo(_bytes.AsSpan(start));
        content[before..].CopyTo(_bytes);
    }

    private byte[] BytesOf(in Entry entry)
    {
        if (entry.Length == 0)
        {
            return [];
        }

        byte[] content = new byte[entry.Length];
        int start = (int)(entry.At % _bytes.Length);
        int before = Math.Min(entry.Length, _bytes.Length - start);
        _bytes.AsSpan(start, before).CopyTo(content);
        _bytes.AsSpan(0, entry.Length - before).CopyTo(content.AsSpan(before));
        return content;
    }

    /// <summary>One publish or delete; its bytes begin at <paramref name="At"/>, modulo the size of the memory.</summary>
    private readonly record struct Entry(
        PropertyName Name, Definition Definition, PropertyChangeKind Kind, PropertyType Type, int Value, long Revision, int Writer, long At, int Length, bool More);
}
