using System.IO.Hashing;
using System.Text;

namespace Conn.PlantedBugs;

/// <summary>The bytes of snapshots, bases and increments of a notebook. Each ends with a hash of all that comes before it.</summary>
internal static class NotebookStream
{
    private const int HashBytes = 16;

    /// <summary>Gets the snapshot of notes: each name with what tells whether the note has changed.</summary>
    public static byte[] Snapshot(SortedDictionary<string, string> notes, bool byLengthOnly) => Sealed(writer =>
    {
        foreach ((string name, string text) in notes)
        {
            writer.Write(name);
            writer.Write(byLengthOnly ? (ulong)text.Length : XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(text)));
        }
    });

    public static byte[] Base(SortedDictionary<string, string> notes) => Sealed(writer => Write(writer, [.. notes]));

    /// <summary>Gets what differs from the snapshot <paramref name="old"/>: its hash, the notes that changed or came, and the names of those that
    /// went.</summary>
    public static byte[] Increment(byte[] old, SortedDictionary<string, string> notes, bool byLengthOnly, bool withoutRemoved) => Sealed(writer =>
    {
        Dictionary<string, ulong> before = ReadSnapshot(old);
        Dictionary<string, ulong> now = ReadSnapshot(Snapshot(notes, byLengthOnly));
        writer.Write(XxHash128.Hash(old));
        Write(writer, [.. notes.Where(n => !before.TryGetValue(n.Key, out ulong mark) || mark != now[n.Key])]);
        string[] removed = withoutRemoved ? [] : [.. before.Keys.Where(n => !notes.ContainsKey(n))];
        writer.Write(removed.Length);
        Array.ForEach(removed, writer.Write);
    });

    public static Dictionary<string, ulong> ReadSnapshot(byte[] snapshot)
    {
        using BinaryReader reader = Open(snapshot);
        Dictionary<string, ulong> marks = new(StringComparer.Ordinal);
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            marks[reader.ReadString()] = reader.ReadUInt64();
        }

        return marks;
    }

    public static SortedDictionary<string, string> ReadBase(byte[] stream)
    {
        using BinaryReader reader = Open(stream);
        SortedDictionary<string, string> notes = new(StringComparer.Ordinal);
        ReadNotes(reader, notes);
        return notes;
    }

    /// <summary>Gets the notes that an increment makes of those that it continues.</summary>
    public static SortedDictionary<string, string> ReadIncrement(byte[] stream, SortedDictionary<string, string> before, bool byLengthOnly)
    {
        using BinaryReader reader = Open(stream);
        if (!reader.ReadBytes(HashBytes).AsSpan().SequenceEqual(XxHash128.Hash(Snapshot(before, byLengthOnly))))
        {
            throw new ConnException(ErrorCode.Corrupt, "The increment continues other notes than those that were restored before it.");
        }

        SortedDictionary<string, string> notes = new(before, StringComparer.Ordinal);
        ReadNotes(reader, notes);
        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            notes.Remove(reader.ReadString());
        }

        return notes;
    }

    private static void Write(BinaryWriter writer, KeyValuePair<string, string>[] notes)
    {
        writer.Write(notes.Length);
        foreach ((string name, string text) in notes)
        {
            writer.Write(name);
            writer.Write(text);
        }
    }

    private static void ReadNotes(BinaryReader reader, SortedDictionary<string, string> notes)
    {
        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            notes[reader.ReadString()] = reader.ReadString();
        }
    }

    private static byte[] Sealed(Action<BinaryWriter> write)
    {
        using MemoryStream bytes = new();
        using BinaryWriter writer = new(bytes);
        write(writer);
        writer.Flush();
        return [.. bytes.ToArray(), .. XxHash128.Hash(bytes.ToArray())];
    }

    private static BinaryReader Open(byte[] stream)
    {
        int length = Math.Max(0, stream.Length - HashBytes);
        return XxHash128.Hash(stream.AsSpan(0, length)).AsSpan().SequenceEqual(stream.AsSpan(length))
            ? new BinaryReader(new MemoryStream(stream, 0, length))
            : throw new ConnException(ErrorCode.Corrupt, $"The {stream.Length} bytes are damaged: they do not end with their hash.");
    }
}
