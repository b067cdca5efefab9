using System.IO.Hashing;
using Conn.ActiveBackup.Content;

namespace Conn.DataOwners.Directory;

/// <summary>Takes the content of located entries out of a stream. Invariant: a file ends only when its size and hash are those of the snapshot and of the
/// stream.</summary>
internal sealed class EmittingScan(WantedEntries located) : StreamScan
{
    private readonly XxHash128 _hash = new();
    private byte[] _section = [];
    private int _used;
    private ContentEntry? _file;
    private WantedEntry? _wanted;
    private byte[] _path = [];
    private long _written;

    /// <summary>Gets what the sections since the last call of <see cref="Clear"/> have given.</summary>
    internal List<ContentPiece> Pieces { get; } = [];

    /// <summary>Gets entries with the same content as one that was given: they need another scan.</summary>
    internal WantedEntries Again { get; } = new();

    /// <summary>Forgets the pieces, and makes room for those of the next section.</summary>
    internal void Clear(int sectionBytes)
    {
        Pieces.Clear();
        _used = 0;
        _section = _section.Length < sectionBytes ? new byte[sectionBytes] : _section;
    }

    public override void BeginFile(PathBuffer path, in EntryAttributes attributes, long size)
    {
        base.BeginFile(path, attributes, size);
        if (!located.TryFind(path.Span, out WantedEntry wanted))
        {
            return;
        }

        if (wanted.Seen++ < wanted.Discards)
        {
            return;
        }

        if (wanted.Entry.Kind != ContentKind.File || wanted.Entry.Size != size)
        {
            throw Differs(wanted.Entry);
        }

        (_file, _wanted, _path, _written) = (wanted.Entry, wanted, path.Span.ToArray(), 0);
        _hash.Reset();
        Pieces.Add(new ContentPiece(ContentPieceKind.Entry, wanted.Entry));
    }

    public override void Data(ReadOnlySpan<byte> bytes)
    {
        if (_file is not { } file)
        {
            return;
        }

        Count(file, bytes.Length);
        _hash.Append(bytes);
        Memory<byte> copy = _section.AsMemory(_used, bytes.Length);
        bytes.CopyTo(copy.Span);
        _used += bytes.Length;
        Pieces.Add(new ContentPiece(ContentPieceKind.Data, file, copy));
    }

    public override void Hole(long length)
    {
        if (_file is { } file)
        {
            Count(file, length);
            FileContent.HashHole(_hash, length);
            Pieces.Add(new ContentPiece(ContentPieceKind.Hole, file, HoleBytes: length));
        }
    }

    public override void EndFile(Hash128 hash)
    {
        base.EndFile(hash);
        if (_file is not { } file)
        {
            return;
        }

        if (_written != file.Size || hash != file.Hash || ContentHash.Of(_hash) != hash)
        {
            throw Differs(file);
        }

        Pieces.Add(new ContentPiece(ContentPieceKind.End, file));
        Done(_path, _wanted!);
        _file = null;
    }

    public override void Discard()
    {
        base.Discard();
        _file = _file is null ? null : throw Differs(_file);
    }

    public override void Link(PathBuffer path, in EntryAttributes attributes, ReadOnlySpan<byte> target)
    {
        if (!located.TryFind(path.Span, out WantedEntry wanted))
        {
            return;
        }

        ReadOnlySpan<byte> text = target[..^1];
        if (wanted.Entry.Kind != ContentKind.Link || wanted.Entry.Hash != ContentHash.Of(text))
        {
            throw Differs(wanted.Entry);
        }

        Pieces.Add(new ContentPiece(ContentPieceKind.Entry, wanted.Entry.To(text.ToArray())));
        Done(path.Span.ToArray(), wanted);
    }

    private void Done(byte[] path, WantedEntry wanted)
    {
        located.Remove(path);
        if (wanted.Also is { } also)
        {
            (also.Discards, also.Seen) = (wanted.Discards, 0);
            Again.Add(path, also);
        }

        IsDone = located.Count == 0;
    }

    private void Count(ContentEntry file, long bytes)
    {
        if (bytes > file.Size - _written)
        {
            throw Differs(file);
        }

        _written += bytes;
    }

    private static ConnException Differs(ContentEntry entry) => WireReader.Corrupt($"the snapshot lists '{entry.Text}' otherwise than the data holds it");
}
