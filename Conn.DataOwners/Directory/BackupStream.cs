
namespace Conn.DataOwners.Directory;

/// <summary>Makes the data stream of one drive, base or increment: a sequence that stops whenever a section is full. One pass over the catalogue, entries in
/// order.</summary>
internal sealed class BackupStream : IDisposable
{
    private readonly BackupContext _context;
    private readonly SmallFiles _smallFiles;
    private readonly LargeFiles _largeFiles;
    private readonly ChangeRecords _changes;
    private readonly IEnumerator<bool> _steps;
    private readonly byte[] _target = new byte[PathBuffer.MaxBytes + 1];
    private bool _broken;

    /// <param name="context">Disposed with the stream.</param>
    internal BackupStream(BackupContext context)
    {
        _context = context;
        (_smallFiles, _largeFiles, _changes) = (new SmallFiles(context), new LargeFiles(context), new ChangeRecords(context));
        _steps = Steps().GetEnumerator();
    }

    private SectionFiller Filler => _context.Filler;

    private StreamEncoder Encoder => _context.Encoder;

    /// <summary>Puts the next bytes into a buffer.</summary>
    internal int Fill(Memory<byte> buffer, out bool finished, CancellationToken cancellationToken)
    {
        _context.CancellationToken = cancellationToken;
        Filler.Begin(buffer);
        finished = false;
        if (_broken)
        {
            throw new ConnException(ErrorCode.NotReady, "The stream failed before; it cannot go on. Begin a new backup.");
        }

        if (!Filler.IsBlocked)
        {
            // A sequence that threw would say next time that it is at its end.
            _broken = true;
            finished = !_steps.MoveNext();
            _broken = false;
        }

        Filler.End();
        return Filler.Used;
    }

    public void Dispose()
    {
        _steps.Dispose();
        _context.Dispose();
    }

    private IEnumerable<bool> Steps()
    {
        Encoder.Header(_context.Old is not null, _context.Catalogue.ScanStart, _context.Old?.ScanStart ?? 0);
        while (Filler.IsBlocked)
        {
            yield return true;
        }

        foreach (bool step in _context.Old is { } old ? _changes.Keeps(old).Concat(_changes.Deletes(old)) : [])
        {
            yield return step;
        }

        foreach (bool step in Entries().Concat(LeftOuts()))
        {
            yield return step;
        }

        _context.Snapshot.Finish();
        NoteUnsized();
        Encoder.End();
        while (Filler.IsBlocked)
        {
            yield return true;
        }
    }

    private IEnumerable<bool> Entries()
    {
        Encoder.BeginPart();
        var merge = new TreeMerge(_context.Catalogue.Read(), _context.Old?.Read());
        for (int count = 0; merge.Next(); count++)
        {
            if ((count & 0x3F) == 0)
            {
                _context.Beat();
            }

            if (merge.New is { } entry && !TryWriteAtOnce(entry, merge.Old))
            {
                foreach (bool step in _largeFiles.Write(entry, merge.Old))
                {
                    yield return step;
                }
            }

            while (Filler.IsBlocked)
            {
                yield return true;
            }
        }
    }

    private IEnumerable<bool> LeftOuts()
    {
        Encoder.BeginPart();
        foreach (byte[] path in _context.Catalogue.LeftOut.InOrder())
        {
            Encoder.Bare(RecordKind.LeftOut, path);
            while (Filler.IsBlocked)
            {
                yield return true;
            }
        }
    }

    /// <returns>False when the entry is a file that needs more than one record.</returns>
    private bool TryWriteAtOnce(TreeEntry entry, TreeEntry? old)
    {
        switch (entry.Kind)
        {
            case EntryKind.Folder:
                WriteFolder(entry, old);
                return true;
            case EntryKind.Link:
                WriteLink(entry, old);
                return true;
            case EntryKind.HardLink when _context.Groups.TryFindLeader(entry):
                WriteHardLink(entry, old);
                return true;
            default:
                entry.Kind = EntryKind.File;
                return _smallFiles.TryWrite(entry, old);
        }
    }

    private void WriteFolder(TreeEntry entry, TreeEntry? old)
    {
        entry.Extended = _context.Catalogue.ReadExtended(entry.Group);
        if (old is not { Kind: EntryKind.Folder } || !entry.HasSameAttributes(old))
        {
            Encoder.Entry(RecordKind.Folder, entry);
        }

        _context.Snapshot.Add(entry);
    }

    private void WriteHardLink(TreeEntry entry, TreeEntry? old)
    {
        bool same = old is { Kind: EntryKind.HardLink } && old.Leader.Span.SequenceEqual(entry.Leader.Span) && !_context.Groups.IsRewritten(entry);
        if (!same)
        {
            Encoder.HardLink(entry);
        }

        // Attributes belong to the first name; here they only must not change from one snapshot to the next.
        (entry.Mode, entry.UserId, entry.GroupId) = (0, 0, 0);
        _context.Snapshot.Add(entry);
    }

    private void WriteLink(TreeEntry entry, TreeEntry? old)
    {
        TreeEntry? before = old is { Kind: EntryKind.Link } ? old : null;
        entry.Racy = _context.IsRacy(entry);
        if (before is not null && _context.IsUntouched(entry, before))
        {
            (entry.Hash, entry.Extended) = (before.Hash, before.Extended);
            _context.Snapshot.Add(entry);
            return;
        }

        int error = _context.Content.ReadLink(entry.Path, _target, out int length);
        if (error != 0 || length is 0 or > PathBuffer.MaxBytes)
        {
            _context.LeaveOut(entry, old, error == 0 ? "its target is empty or too long" : Errno.Text(error));
            return;
        }

        ReadOnlySpan<byte> target = _target.AsSpan(0, length);
        entry.Size = length;
        entry.Extended = _context.ReadExtended(entry);
        entry.Hash = ContentHash.Of(target);
        if (before is null || before.Hash != entry.Hash || !entry.HasSameAttributes(before))
        {
            Encoder.Link(entry, target);
        }

        _context.Snapshot.Add(entry);
    }

    private void NoteUnsized()
    {
        if (_context.UnsizedFiles > 0)
        {
            _context.Remarks.Note($"{_context.UnsizedFiles} files were read to their end because their file system does not tell their size.");
        }
    }
}
