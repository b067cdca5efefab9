using Conn.ActiveBackup.Contract;
using Conn.PubSub;

namespace Conn.DataOwners.Directory;

public sealed partial class DirectoryDataOwner
{
    /// <inheritdoc/>
    public ValueTask ReceiveSnapshotDataAsync(DriveNumber drive, ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken)
    {
        // In a restore the engine hands out the snapshot too; nothing here is needed of it.
        if (_restores.Values.Any(static restore => !restore.IsDone))
        {
            return default;
        }

        try
        {
            ForgetFormer();
            BackupOf(drive).ReceiveSnapshot(section.Span, last, cancellationToken);
        }
        catch (ConnException failure) when (failure.Code == ErrorCode.Corrupt)
        {
            ForgetSnapshots(failure.Message);
            throw;
        }

        return default;
    }

    /// <inheritdoc/>
    public ValueTask AllSnapshotsSuppliedAsync(CancellationToken cancellationToken)
    {
        ForgetFormer();
        foreach ((DriveNumber drive, DriveBackup backup) in _backups)
        {
            if (backup.HasHalfSnapshot)
            {
                ConnException failure = WireReader.Corrupt($"the snapshot of drive {drive} has no end");
                ForgetSnapshots(failure.Message);
                throw failure;
            }
        }

        return default;
    }

    /// <inheritdoc/>
    public ValueTask<long> GetExpectedDataSizeAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        new(BackupOf(drive).ExpectedBytes(cancellationToken));

    /// <inheritdoc/>
    public ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        DriveBackup backup = BackupOf(drive);
        backup.Begin(cancellationToken);
        _openBackup = backup;
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_openBackup is null)
        {
            throw new ConnException(ErrorCode.NotReady, "A section was asked for while no stream is open; open one first.");
        }

        SectionResult result = _openBackup.Fill(buffer, cancellationToken);
        _openBackup = result.Finished ? null : _openBackup;
        return new(result);
    }

    /// <inheritdoc/>
    public ValueTask<SectionResult> GetSnapshotDataAsync(DriveNumber drive, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        SectionResult result = BackupOf(drive).FillSnapshot(buffer.Span);
        if (result.Finished && _backups.Remove(drive, out DriveBackup? backup))
        {
            backup.Dispose();
        }

        return new(result);
    }

    private DriveBackup BackupOf(DriveNumber drive)
    {
        if (!_backups.TryGetValue(drive, out DriveBackup? backup))
        {
            backup = new DriveBackup(PathOf(drive), _options, _remarks);
            _backups.Add(drive, backup);
        }

        return backup;
    }

    /// <summary>One snapshot of no use makes the whole part a base: no drive may start from its own.</summary>
    private void ForgetSnapshots(string why)
    {
        _remarks.WhyBase = why;
        EndBackups();
    }

    /// <summary>What an earlier operation opened and nobody read to its end.</summary>
    private void ForgetFormer()
    {
        if (_backups.Values.Any(static backup => backup.HasBegun))
        {
            _openBackup = null;
            EndBackups();
        }
    }
}
