using Conn.ActiveBackup.Contract;
using Conn.Engine.Reports;
using Conn.Engine.Sessions;
using Conn.PubSub;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <content>Giving an owner what the repository holds of it.</content>
internal sealed partial class OwnerRestore
{
    /// <summary>Opens the owner's own base of a drive.</summary>
    /// <exception cref="DataOwnerException">The owner failed.</exception>
    public async Task OpenBaseAsync(DriveNumber drive, CancellationToken abort)
    {
        _given = _given.Union(DriveList.Of(drive));
        OwnDrives = OwnDrives.Union(DriveList.Of(drive));
        await Session.CallAsync(nameof(IActiveBackupDataClient.InitialiseRestoreBaseDataAsync), (c, t) => c.InitialiseRestoreBaseDataAsync(drive, t), abort);
        _operation.Report(OperationPhase.DataStarted, Owner.Name, _bytes, ExpectedBytes);
    }

    /// <summary>Gives a section of the open base.</summary>
    /// <exception cref="DataOwnerException">The owner failed.</exception>
    public async Task GiveBaseAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken abort)
    {
        await Session.CallAsync(nameof(IActiveBackupDataClient.RestoreBaseDataSectionAsync), (c, t) => c.RestoreBaseDataSectionAsync(section, last, t), abort);
        Count(section.Length);
    }

    /// <summary>Counts what was given, to the owner or to a manager of it.</summary>
    public void Count(int bytes)
    {
        _bytes += bytes;
        _operation.Report(OperationPhase.Section, Owner.Name, _bytes, ExpectedBytes);
    }

    private async Task FeedDriveAsync(DriveNumber drive, CancellationToken abort)
    {
        if (Part!.Drive((byte)drive.Index)?.Snapshot is { Sections: > 0 } && Owner.Registration.SupportsIncremental)
        {
            await GiveSnapshotAsync(drive, abort);
        }

        _operation.Report(OperationPhase.SnapshotsSupplied, Owner.Name);
        foreach (OwnerPart part in _chain)
        {
            if (part == _chain[0])
            {
                await OpenBaseAsync(drive, abort);
                await GiveAsync(part, drive, async (section, last) =>
                {
                    await GiveBaseAsync(section, last, abort);
                    return true;
                }, abort);
                _operation.Report(OperationPhase.DataFinished, Owner.Name, _bytes, ExpectedBytes);
            }
            else
            {
                await Session.CallAsync(nameof(IActiveBackupDataClient.InitialiseRestoreIncrementDataAsync), (c, t) => c.InitialiseRestoreIncrementDataAsync(drive, t), abort);
                await GiveAsync(part, drive, async (section, last) =>
                {
                    await Session.CallAsync(nameof(IActiveBackupDataClient.RestoreIncrementDataSectionAsync),
                        (c, t) => c.RestoreIncrementDataSectionAsync(section, last, t), abort);
                    Count(section.Length);
                    return true;
                }, abort);
                _operation.Report(OperationPhase.IncrementFinished, Owner.Name, _bytes, ExpectedBytes);
            }
        }
    }

    private async Task GiveSnapshotAsync(DriveNumber drive, CancellationToken abort)
    {
        try
        {
            await SectionFeed.GiveAsync(_repository, Part!, drive, StreamKind.Snapshot, (section, last) => Session.CallAsync(
                nameof(IActiveBackupDataClient.ReceiveSnapshotDataAsync), (c, t) => c.ReceiveSnapshotDataAsync(drive, section, last, t), abort), abort);
        }
        catch (DataOwnerException e) when (e.Code == ErrorCode.NotSupported || e.Code == ErrorCode.Corrupt)
        {
            // A restore does not depend on the snapshot: an owner that cannot use it is restored from its data.
            _notes.Add($"The owner cannot use the snapshot of drive {drive}: {e.Message}");
        }
    }

    private Task<long> GiveAsync(OwnerPart part, DriveNumber drive, Func<ReadOnlyMemory<byte>, bool, ValueTask<bool>> give, CancellationToken abort) =>
        SectionFeed.GiveAsync(_repository, part, drive, StreamKind.Data, give, abort);
}
