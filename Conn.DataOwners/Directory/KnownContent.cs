using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>A file whose content is about to be known: what the backup knew of it, and no more in the stream than what changed.</summary>
internal sealed class KnownContent
{
    private readonly BackupContext _context;
    private readonly TreeEntry _entry;
    private TreeEntry? _old;
    private readonly int _candidate;

    internal KnownContent(BackupContext context, TreeEntry entry, TreeEntry? old)
    {
        (_context, _entry) = (context, entry);
        _old = old is { Kind: EntryKind.File } && context.Moved.IndexOf(old) < 0 ? old : null;
        _candidate = old is { Kind: EntryKind.File } && old.Inode == entry.Inode ? -1 : context.Moved.IndexOf(entry);
    }

    /// <summary>The block table of the content, when it was made.</summary>
    internal BlockTable? Blocks { get; set; }

    /// <summary>Whether the times say that the content is the old one.</summary>
    internal bool IsUntouched => _old is not null && _context.IsUntouched(_entry, _old);

    /// <summary>Whether the content is likely to be known: hashing it first may save storing it.</summary>
    internal bool MayBeKnown => _candidate >= 0 || (_old is not null && _entry.HasSameStamp(_old));

    /// <summary>The block table of the content that the chain has at this path; null when there is none.</summary>
    internal OldBlocks? OldBlocks() => _old is null ? null : _context.Old?.BlocksOf(_old);

    /// <summary>An attempt was taken back. What a restore made of it replaced the old content, unless it was a patch of it.</summary>
    internal void Discarded(bool isPatch) => _old = isPatch ? _old : null;

    internal void KeepUntouched()
    {
        _entry.Hash = _old!.Hash;
        (_entry.BlockPieces, _entry.Extended) = (_old.BlockPieces, _old.Extended);
        OldBlocks()?.CopyTo(_context.Snapshot);
        Store(rewritten: false);
    }

    /// <summary>The status at opening is what is kept. A group's first name that is another file by now cannot speak for the group.</summary>
    internal void Take(int file, in FileStatus status)
    {
        if (_entry.Group >= 0 && _entry.Inode != status.Inode)
        {
            _context.Groups.Lose(_entry);
            _entry.Group = -1;
        }

        _entry.SetStatus(status);
        _entry.Extended = _context.Extended.Read(new AttributeHolder(file), _entry.Path);
        _entry.Racy = _context.IsRacy(_entry);
        _entry.Writer = _context.Source.Mappings.ProcessOf(status);
    }

    /// <summary>With the hash in the entry: keeps the content that the chain has already, or says that it has not.</summary>
    internal bool TryKeep()
    {
        if (_old is not null && _old.Size == _entry.Size && _old.Hash == _entry.Hash)
        {
            if (!_entry.HasSameAttributes(_old))
            {
                _context.Encoder.Entry(RecordKind.Attributes, _entry);
            }

            Store(rewritten: false);
            return true;
        }

        int number = _context.Moved.Take(_candidate, _entry.Hash);
        if (number >= 0)
        {
            _context.Encoder.KeptFile(_entry, number);
            Store(rewritten: true);
        }

        return number >= 0;
    }

    /// <summary>The content is in the stream, complete.</summary>
    internal void Written()
    {
        if (_entry.Writer != 0)
        {
            _context.Remarks.Note($"'{RawPath.Display(_entry.Path.Span)}' is mapped for writing by process {_entry.Writer}: its copy may mix what "
                + "was written at different times.");
        }

        Store(rewritten: true);
    }

    private void Store(bool rewritten)
    {
        if (Blocks is not null)
        {
            _entry.BlockPieces = Blocks.MoveTo(_context.Snapshot);
        }

        _context.Groups.Store(_entry, rewritten);
        _context.Snapshot.Add(_entry);
    }
}
