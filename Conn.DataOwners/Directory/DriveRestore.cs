using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>One drive's restore: staged, prepared, put in place. Until it is put in place the target is not touched.</summary>
internal sealed class DriveRestore : IDisposable
{
    private readonly RestoreTarget _target;
    private readonly RemarkList _remarks;
    private readonly Ownership _ownership;
    private Staging? _staging;
    private StagedTree? _tree;
    private StreamDecoder? _decoder;
    private EntryAttributes? _root;
    private bool _isResumed;
    private RestoreJournal? _journal;
    private LeftOutList _leftOut = new();
    private long _scanStart;
    private bool _broken;

    /// <summary>Of the call that pushes the present section.</summary>
    private CancellationToken _cancellationToken;

    internal DriveRestore(RestoreTarget target, RemarkList remarks, bool numericIds) =>
        (_target, _remarks, _ownership) = (target, remarks, new Ownership(numericIds));

    /// <summary>True once there is nothing left to do: a further RestoreComplete is a repetition.</summary>
    internal bool IsDone { get; private set; }

    internal bool HasOpenStream => _decoder is not null;

    internal void Begin(bool increment)
    {
        if (increment != (_staging is not null) || _decoder is not null || _journal is not null)
        {
            throw new ConnException(ErrorCode.NotReady, "A restore of a drive begins with one base, and each stream ends before the next begins.");
        }

        if (!increment)
        {
            _target.Plan(expectedBytes: 0);
            _staging = Staging.Create(_target);
        }

        _tree = new StagedTree(_staging!.Tree!, _staging.Kept!, _ownership, _staging.GrantedMode, increment, Beat);
        _decoder = new StreamDecoder(_tree, increment, _scanStart);
    }

    internal void Push(ReadOnlySpan<byte> section, bool last, CancellationToken cancellationToken)
    {
        if (_decoder is null || _tree is null || _broken)
        {
            throw new ConnException(ErrorCode.NotReady, "A section came while no stream is open, or after it failed; open one first.");
        }

        _broken = true;
        _cancellationToken = cancellationToken;
        _decoder.Push(section, last, cancellationToken);
        _broken = false;
        if (last)
        {
            _root = _tree.RootAttributes ?? _root;
            _leftOut = _tree.LeftOut;
            _scanStart = _decoder.ScanStart;
            _tree.Dispose();
            (_tree, _decoder) = (null, null);
        }
    }

    internal byte[] Prepare()
    {
        if (_staging?.Tree is not { } tree || _decoder is not null || _root is not { } root)
        {
            throw new ConnException(ErrorCode.NotReady, "A restore is prepared once its base and all its increments have ended.");
        }

        if (_journal is null)
        {
            LiveRemainder.Check(_target, _leftOut.InOrder());

            // Making much data durable is one call of the kernel: somebody has to say meanwhile that it is alive.
            using ITimer alive = _target.KeepAlive();
            int mode = _ownership.Apply(tree.Descriptor, root);
            _ownership.Extended.Replace(new AttributeHolder(tree.Descriptor), root.Extended.Span);
            int error = Kernel.ChangeMode(tree.Descriptor, mode);
            error = error == 0 ? Kernel.SetModified(tree.Descriptor, root.Modified) : error;
            error = error == 0 ? Kernel.SyncFileSystem(tree.Descriptor) : error;
            FileStatus status = default;
            error = error == 0 ? Kernel.StatOpen(tree.Descriptor, out status) : error;
            error = error == 0 ? Kernel.Sync(_staging.Parent.Descriptor) : error;
            Errno.Check(error, $"The restored tree for '{_target.Path}' cannot be made durable");
            var journal = new RestoreJournal(_staging.Name, _target.Name, status.Device, status.Inode);
            _staging.Work.WriteJournal(journal);
            _journal = journal;
            _ownership.Tell(_remarks);
        }

        return _journal.ToBytes();
    }

    /// <returns>False when it is in place already.</returns>
    internal bool Resume(ReadOnlySpan<byte> token)
    {
        RestoreJournal journal = RestoreJournal.Parse(token) is { } read && StagingPlace.IsTreeOf(_target.Owner, read.Staging) && read.Target == _target.Name
            ? read
            : throw new ConnException(ErrorCode.Corrupt, $"The token is not one of a restore of '{_target.Path}' by owner '{_target.Owner}'.");
        bool inPlace;
        using (FolderHandle parent = Staging.OpenParent(_target))
        {
            inPlace = Presence.Look(parent.Descriptor, RawPath.FromText(_target.Name), out FileStatus status)
                && status.Inode == journal.Inode && status.Device == journal.Device;
            if (!Presence.Look(parent.Descriptor, WorkFolder.NameOf(journal.Staging), out _))
            {
                IsDone = inPlace;
                return inPlace ? false : throw Gone(journal);
            }
        }

        _staging = Staging.TakeUp(_target, journal.Staging)
            ?? throw new ConnException(ErrorCode.InUse, $"The staging folder '{journal.Staging}' is in use by another process; wait until that has ended.");
        RestoreJournal? stored = _staging.Work.ReadJournal();
        if (stored == journal && new RestoreSwap(_staging, journal, null).IsPossible)
        {
            _journal = journal;
            if (!inPlace && LaterWrites.Find(_target.Path, _staging.Work.PreparedAt) is { } written)
            {
                _remarks.Warn($"'{written}' was written to after the restore of '{_target.Path}' was prepared. The restore that was committed replaced the folder; as it was "
                    + $"before, it is '{System.IO.Path.Combine(_target.Parent, Swap().KeptName)}'. Take what you need out of it, and remove it.");
            }

            _isResumed = true;
            return true;
        }

        if (stored is null && inPlace)
        {
            Finish();
            return false;
        }

        Dispose();
        throw Gone(journal);
    }

    /// <summary>A process ended while it removed the work folder of a restore that is in place: nothing else is left to do.</summary>
    private void Finish()
    {
        Errno.Check(Kernel.Sync(_staging!.Parent.Descriptor), $"The folder that holds '{_target.Path}' cannot be synchronised");
        if (_staging.Drop() is { } left)
        {
            _remarks.Note($"The restored data is in place, but {left}.");
        }

        IsDone = true;
        Dispose();
    }

    /// <summary>True when what is to go is not all removed yet: <see cref="RemoveRest"/> goes on, in this run or in recovery.</summary>
    internal bool HasRest => _staging is { HasRest: true };

    internal void Complete(Action<string>? beforeStep, bool twoRenames, Func<bool> mayGoOn)
    {
        if (IsDone)
        {
            return;
        }

        if (_staging is null || _journal is null)
        {
            throw new ConnException(ErrorCode.NotReady, "Nothing was prepared; a restore is put in place after it was prepared.");
        }

        string? left = Swap(beforeStep, twoRenames).Run(mayGoOn);
        if (left is not null)
        {
            _remarks.Note($"The restored data is in place, but {left}.");
        }

        IsDone = true;
        if (!HasRest)
        {
            Dispose();
        }
    }

    private RestoreSwap Swap(Action<string>? beforeStep = null, bool twoRenames = false) =>
        new(_staging!, _journal!, beforeStep) { ForceTwoRenames = twoRenames, KeepsLaterWritesIn = _isResumed ? _target.Parent : null };

    internal void RemoveRest()
    {
        if (HasRest && _staging!.Drop() is { } left)
        {
            _remarks.Note($"After a restore of '{_target.Path}', {left}.");
        }

        Dispose();
    }

    /// <summary>Ends it. What is not prepared is dropped; what is prepared stays until it is resumed or recovered.</summary>
    /// <param name="mayGoOn">Whether there is time to remove more of what was staged.</param>
    internal void End(Func<bool> mayGoOn)
    {
        if (HasRest)
        {
            return;
        }

        _tree?.Dispose();
        (_tree, _decoder) = (null, null);
        if (_staging is not null && _journal is null && _staging.Drop(mayGoOn) is { } left)
        {
            _remarks.Note($"After a restore of '{_target.Path}' was ended, {left}.");
        }

        if (!HasRest)
        {
            Dispose();
        }
    }

    /// <summary>Lets go without removing anything.</summary>
    public void Dispose()
    {
        _tree?.Dispose();
        _staging?.Dispose();
        (_tree, _decoder, _staging) = (null, null, null);
    }

    private void Beat()
    {
        _cancellationToken.ThrowIfCancellationRequested();
        _target.Beat();
    }

    private ConnException Gone(RestoreJournal journal) =>
        new(ErrorCode.NotFound, $"What was staged as '{journal.Staging}' beside '{_target.Path}' is gone or damaged; restore again.");
}
