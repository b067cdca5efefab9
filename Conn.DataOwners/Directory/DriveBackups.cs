using Conn.ActiveBackup;

namespace Conn.DataOwners.Directory;

/// <summary>The backups of an owner's drives in one operation: what was received, which stream is open, what ends with the operation.</summary>
internal sealed class DriveBackups(Func<DriveNumber, DriveBackup> make, RemarkList remarks)
{
    private readonly Dictionary<DriveNumber, DriveBackup> _drives = [];
    private DriveBackup? _open;

    internal DriveBackup this[DriveNumber drive]
    {
        get
        {
            if (!_drives.TryGetValue(drive, out DriveBackup? backup))
            {
                backup = make(drive);
                _drives.Add(drive, backup);
            }

            return backup;
        }
    }

    internal void ReceiveSnapshot(DriveNumber drive, ReadOnlySpan<byte> section, bool last, CancellationToken cancellationToken)
    {
        EndFormer();
        try
        {
            this[drive].ReceiveSnapshot(section, last, cancellationToken);
        }
        catch (ConnException failure) when (failure.Code == ErrorCode.Corrupt)
        {
            RestartAsBase(failure.Message);
            throw;
        }
    }

    internal void AllSnapshotsSupplied()
    {
        EndFormer();
        foreach ((DriveNumber drive, DriveBackup backup) in _drives)
        {
            if (backup.HasHalfSnapshot)
            {
                ConnException failure = WireReader.Corrupt($"the snapshot of drive {drive} has no end");
                RestartAsBase(failure.Message);
                throw failure;
            }
        }
    }

    internal void Begin(DriveNumber drive, CancellationToken cancellationToken)
    {
        DriveBackup backup = this[drive];
        backup.Begin(cancellationToken);
        _open = backup;
    }

    internal SectionResult Fill(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_open is null)
        {
            throw new ConnException(ErrorCode.NotReady, "A section was asked for while no stream is open; open one first.");
        }

        SectionResult result = _open.Fill(buffer, cancellationToken);
        _open = result.Finished ? null : _open;
        return result;
    }

    internal SectionResult FillSnapshot(DriveNumber drive, Span<byte> buffer)
    {
        SectionResult result = this[drive].FillSnapshot(buffer);
        if (result.Finished && _drives.Remove(drive, out DriveBackup? backup))
        {
            backup.Dispose();
        }

        return result;
    }

    internal void End()
    {
        _open = null;
        foreach (DriveBackup backup in _drives.Values)
        {
            backup.Dispose();
        }

        _drives.Clear();
    }

    /// <summary>One snapshot that cannot be used makes the whole part a base: no drive may start from its own.</summary>
    private void RestartAsBase(string why)
    {
        remarks.WhyBase = why;
        End();
    }

    /// <summary>Ends what an earlier operation opened and did not read to its end.</summary>
    private void EndFormer()
    {
        if (_drives.Values.Any(static backup => backup.HasBegun))
        {
            End();
        }
    }
}
