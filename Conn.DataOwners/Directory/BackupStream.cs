using System.IO.Hashing;
using Conn.PubSub;

namespace Conn.DataOwners.Directory;

/// <summary>Makes the data stream of one drive, base or increment: a sequence that stops whenever a section is full. One pass over the catalogue, entries in
/// order.</summary>
internal sealed partial class BackupStream : IDisposable
{
    private const long RacyNanoseconds = 2_000_000_000;
    private readonly TreeSource _source;
    private readonly Catalogue _catalogue;
    private readonly OldSnapshot? _old;
    private readonly MovedFiles _moved;
    private readonly SnapshotWriter _snapshot;
    private readonly RemarkList _remarks;
    private readonly SectionFiller _filler = new();
    private readonly StreamEncoder _encoder;
    private readonly FileContent _content;
    private readonly IEnumerator<bool> _steps;
    private readonly bool _clockSetBack;
    private readonly byte[] _target = new byte[PathBuffer.MaxBytes + 1];

    /// <summary>Groups whose first name got a new inode in this increment: their other names must be linked anew.</summary>
    private readonly HashSet<long> _rewritten = [];

    /// <summary>Groups whose first name could not be kept: the path of the name that took its place, or null while there is none.</summary>
    private readonly Dictionary<long, byte[]?> _replaced = [];
    private CancellationToken _cancellationToken;
    private bool _broken;

    internal BackupStream(TreeSource source, Catalogue catalogue, OldSnapshot? old, MovedFiles moved, SnapshotWriter snapshot, RemarkList remarks)
    {
        (_source, _catalogue, _old, _moved, _snapshot, _remarks) = (source, catalogue, old, moved, snapshot, remarks);
        _clockSetBack = old is not null && catalogue.ScanStart < old.ScanStart;
        _encoder = new StreamEncoder(_filler);
        _content = new FileContent(source);
        _steps = Steps().GetEnumerator();
    }

    /// <summary>Puts the next bytes into a buffer.</summary>
    internal int Fill(Memory<byte> buffer, out bool finished, CancellationToken cancellationToken)
    {
        _cancellationToken = cancellationToken;
        _filler.Begin(buffer);
        finished = false;
        if (_broken)
        {
            throw new ConnException(ErrorCode.NotReady, "The stream failed before; it cannot go on. Begin a new backup.");
        }

        if (!_filler.IsBlocked)
        {
            // A sequence that threw would say next time that it is at its end.
            _broken = true;
            finished = !_steps.MoveNext();
            _broken = false;
        }

        _filler.End();
        return _filler.Used;
    }

    public void Dispose()
    {
        _steps.Dispose();
        _content.Dispose();
    }

    private IEnumerable<bool> Steps()
    {
        _encoder.Header(_old is not null);
        while (_filler.IsBlocked)
        {
            yield return true;
        }

        if (_old is not null)
        {
            foreach (bool step in KeepSteps(_old))
            {
                yield return step;
            }

            foreach (bool step in DeleteSteps(_old))
            {
                yield return step;
            }
        }

        _encoder.BeginPart();
        var merge = new TreeMerge(_catalogue.Read(), _old?.Read());
        for (int count = 0; merge.Next(); count++)
        {
            if ((count & 0x3F) == 0)
            {
                _source.Beat(_cancellationToken);
            }

            if (merge.New is { } entry && !TryWriteAtOnce(entry, merge.Old))
            {
                foreach (bool step in FileSteps(entry, merge.Old))
                {
                    yield return step;
                }
            }

            while (_filler.IsBlocked)
            {
                yield return true;
            }
        }

        _encoder.BeginPart();
        foreach (byte[] path in _catalogue.LeftOut.InOrder())
        {
            _encoder.Bare(RecordKind.LeftOut, path);
            while (_filler.IsBlocked)
            {
                yield return true;
            }
        }

        _snapshot.Finish();
        _encoder.End();
        while (_filler.IsBlocked)
        {
            yield return true;
        }
    }

    /// <summary>Says which files of the tree so far are put aside before anything is deleted.</summary>
    private IEnumerable<bool> KeepSteps(OldSnapshot snapshot)
    {
        _encoder.BeginPart();
        SnapshotReader old = snapshot.Read();
        var entry = new TreeEntry();
        for (int number = 0; _moved.Count > 0 && old.TryRead(entry);)
        {
            int index = entry.Kind == EntryKind.File ? _moved.IndexOf(entry) : -1;
            if (index >= 0 && _moved.TryNumber(index, number))
            {
                _encoder.Keep(number++, entry.Path.Span);
                while (_filler.IsBlocked)
                {
                    yield return true;
                }
            }
        }
    }

    /// <summary>Deletes what is gone, top-most only, and folders that became something else.</summary>
    private IEnumerable<bool> DeleteSteps(OldSnapshot snapshot)
    {
        _encoder.BeginPart();
        var merge = new TreeMerge(_catalogue.Read(), snapshot.Read());
        var top = new PathBuffer();
        while (merge.Next())
        {
            bool gone = merge.Old is { } old && (merge.New is null || (old.Kind == EntryKind.Folder && merge.New.Kind != EntryKind.Folder));
            if (gone && (top.Length == 0 || !RawPath.IsBelow(merge.Old!.Path.Span, top.Span)))
            {
                top.Set(merge.Old!.Path.Span);
                _encoder.Bare(RecordKind.Delete, top.Span);
                while (_filler.IsBlocked)
                {
                    yield return true;
                }
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
            case EntryKind.HardLink:
                if (!_replaced.TryGetValue(entry.Group, out byte[]? leader))
                {
                    _catalogue.ReadGroup(entry.Group, entry.Leader);
                    WriteHardLink(entry, old);
                    return true;
                }

                if (leader is not null)
                {
                    entry.Leader.Set(leader);
                    WriteHardLink(entry, old);
                    return true;
                }

                entry.Kind = EntryKind.File;
                return TryWriteFile(entry, old);
            default:
                return TryWriteFile(entry, old);
        }
    }

    private void WriteFolder(TreeEntry entry, TreeEntry? old)
    {
        if (old is not { Kind: EntryKind.Folder } || old.Modified != entry.Modified || !entry.HasSameRights(old))
        {
            _encoder.Entry(RecordKind.Folder, entry);
        }

        _snapshot.Add(entry);
    }

    private void WriteHardLink(TreeEntry entry, TreeEntry? old)
    {
        bool same = old is { Kind: EntryKind.HardLink } && old.Leader.Span.SequenceEqual(entry.Leader.Span) && !_rewritten.Contains(entry.Group);
        if (!same)
        {
            _encoder.HardLink(entry);
        }

        // Attributes belong to the first name; here they only must not change from one snapshot to the next.
        (entry.Mode, entry.UserId, entry.GroupId) = (0, 0, 0);
        _snapshot.Add(entry);
    }

    private void WriteLink(TreeEntry entry, TreeEntry? old)
    {
        TreeEntry? before = old is { Kind: EntryKind.Link } ? old : null;
        entry.Racy = IsRacy(entry);
        if (before is not null && !_clockSetBack && entry.IsUntouched(before))
        {
            entry.Hash = before.Hash;
            _snapshot.Add(entry);
            return;
        }

        int error = _content.ReadLink(entry.Path, _target, out int length);
        if (error != 0 || length is 0 or > PathBuffer.MaxBytes)
        {
            LeaveOut(entry, old, error == 0 ? "its target is empty or too long" : Errno.Text(error));
            return;
        }

        ReadOnlySpan<byte> target = _target.AsSpan(0, length);
        entry.Size = length;
        entry.Hash = XxHash128.HashToUInt128(target);
        if (before is null || before.Hash != entry.Hash || before.Modified != entry.Modified || !entry.HasSameRights(before))
        {
            _encoder.Link(entry, target);
        }

        _snapshot.Add(entry);
    }

    private bool IsRacy(TreeEntry entry) => Math.Max(entry.Modified, entry.Changed) >= _catalogue.ScanStart - RacyNanoseconds;

    /// <summary>Names what is not kept, and takes it out of the tree that the increment makes.</summary>
    private void LeaveOut(TreeEntry entry, TreeEntry? old, string why)
    {
        _remarks.Error($"'{RawPath.Display(entry.Path.Span)}': {why}; left out.");
        if (!_content.IsGone(entry.Path))
        {
            // What has vanished meanwhile is nothing that a restore could lose.
            _catalogue.LeftOut.Add(entry.Path.Span);
        }

        if (entry.Group >= 0)
        {
            _replaced[entry.Group] = null;
        }

        if (old is { Kind: not EntryKind.Folder })
        {
            _encoder.Bare(RecordKind.Absent, entry.Path.Span);
        }
    }
}
