using Conn.ActiveBackup;

namespace Conn.DataOwners.Directory;

/// <summary>The restores of an owner's drives: which stream is open, what is prepared, and what is left to be removed of those that are over.</summary>
internal sealed class DriveRestores(Func<DriveNumber, DriveRestore> make, TimeProvider clock)
{
    private static readonly TimeSpan RemovalLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(2);
    private readonly Dictionary<DriveNumber, DriveRestore> _drives = [];

    /// <summary>Restores that are over but for removing what is left of a tree: done when the owner is disposed, or by recovery.</summary>
    private readonly List<DriveRestore> _leftovers = [];
    private DriveRestore? _open;

    /// <summary>Whether a restore is under way.</summary>
    internal bool IsActive => _drives.Values.Any(static restore => !restore.IsDone);

    internal void Begin(DriveNumber drive, bool increment)
    {
        if (!increment)
        {
            End(drive);
        }

        _open = At(drive);
        _open.Begin(increment);
    }

    internal void Push(ReadOnlySpan<byte> section, bool last, CancellationToken cancellationToken)
    {
        if (_open is null)
        {
            throw new ConnException(ErrorCode.NotReady, "A section came while no stream is open; open one first.");
        }

        _open.Push(section, last, cancellationToken);
    }

    internal byte[] Prepare(DriveNumber drive) => At(drive).Prepare();

    internal bool Resume(DriveNumber drive, ReadOnlySpan<byte> token)
    {
        End(drive);
        return At(drive).Resume(token);
    }

    internal void Complete(DriveNumber drive, Action<string>? beforeStep, bool twoRenames) => At(drive).Complete(beforeStep, twoRenames, For(RemovalLimit));

    /// <summary>Ends every restore. What is prepared stays.</summary>
    internal void End()
    {
        _open = null;
        foreach (DriveNumber drive in _drives.Keys.ToArray())
        {
            End(drive);
        }
    }

    /// <summary>Removes what is left of trees, however long that takes.</summary>
    internal void RemoveRest()
    {
        _leftovers.ForEach(static restore => restore.RemoveRest());
        _leftovers.Clear();
    }

    /// <summary>What the end of the process does: descriptors and locks go, everything else stays.</summary>
    internal void Abandon()
    {
        foreach (DriveRestore restore in _drives.Values.Concat(_leftovers))
        {
            restore.Dispose();
        }

        _leftovers.Clear();
        _drives.Clear();
    }

    private DriveRestore At(DriveNumber drive)
    {
        if (!_drives.TryGetValue(drive, out DriveRestore? restore))
        {
            restore = make(drive);
            _drives.Add(drive, restore);
        }

        return restore;
    }

    private void End(DriveNumber drive)
    {
        if (_drives.Remove(drive, out DriveRestore? restore))
        {
            restore.End(For(EndLimit));
            if (restore.HasRest)
            {
                _leftovers.Add(restore);
            }
        }
    }

    private Func<bool> For(TimeSpan limit)
    {
        long start = clock.GetTimestamp();
        return () => clock.GetElapsedTime(start) < limit;
    }
}
