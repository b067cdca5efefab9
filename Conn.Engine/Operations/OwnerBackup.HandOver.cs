using Conn.ActiveBackup.Contract;
using Conn.Engine.Proxies;
using Conn.Engine.Reports;
using Conn.Engine.Sessions;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <content>The data itself: what managers keep, the owner's own, the new snapshot.</content>
internal sealed partial class OwnerBackup
{
    private async Task HandOverAsync(PartWriter part)
    {
        bool own = HandsOverOwn;
        if (own || _owner.IsProxied)
        {
            foreach (DriveNumber drive in _owner.Registration.Drives)
            {
                await HandOverDriveAsync(part, drive, own);
            }
        }

        foreach (OwnerBackup manager in Managers)
        {
            await manager.ServeAsync(_owner, async () => Take(await manager.Session.TakeRemarksAsync(_abort), $"Manager {manager.Owner.Name}: "));
        }

        if (own)
        {
            OwnerRemarks remarks = await Session.TakeRemarksAsync(_abort);
            Take(remarks, "");
            if (remarks.WhyBase is { } why)
            {
                _plan = _plan with { Why = why };
            }
        }

        Held = NeedsClient ? _operation.Since(_readyAt) : TimeSpan.Zero;
    }

    private void Take(OwnerRemarks remarks, string who)
    {
        _notes.AddRange(remarks.Notes.Select(n => who + n));
        _errors.AddRange(remarks.Errors.Select(e => who + e));
    }

    private async Task HandOverDriveAsync(PartWriter part, DriveNumber drive, bool own)
    {
        if (own && !_owner.IsProxied)
        {
            await OpenAsync(drive);
        }

        SectionStreamWriter data = await part.OpenStreamAsync((byte)drive.Index, StreamKind.Data, _abort);
        SectionTake take = new(data, _operation.MaxEmptySections, Count, _abort);
        if (_owner.IsProxied)
        {
            ProxyFrameEncoder frames = new(Managers.Count, own);
            foreach (OwnerBackup manager in Managers)
            {
                await manager.ServeAsync(_owner, () => manager.GiveAwayAsync(_owner, drive, take, frames));
            }

            await (own ? OpenAsync(drive) : Task.CompletedTask);
        }

        if (own)
        {
            await take.TakeAsync(_owner, nameof(IActiveBackupDataClient.GetBackupDataSectionAsync), (c, b, t) => c.GetBackupDataSectionAsync(b, t));
        }

        await data.CompleteAsync(_abort);
        _operation.Report(OperationPhase.DataFinished, _owner.Name, _bytes, _expected);
        if (own)
        {
            await FollowUpAsync(part, drive);
        }
    }

    /// <summary>A manager's half of a served owner's stream.</summary>
    private async Task GiveAwayAsync(RegisteredOwner served, DriveNumber drive, SectionTake take, ProxyFrameEncoder frames)
    {
        SecureId owner = served.Registration.Sid;
        await Session.CallAsync(nameof(IActiveBackupDataClient.InitialiseGetProxyBackupDataAsync), (c, t) => c.InitialiseGetProxyBackupDataAsync(owner, drive, t), _abort);
        _operation.Report(OperationPhase.DataStarted, served.Name);
        await take.TakeFramedAsync(_owner, frames);
    }

    private async Task OpenAsync(DriveNumber drive)
    {
        long size = await Session.CallAsync(nameof(IActiveBackupDataClient.GetExpectedDataSizeAsync), (c, t) => c.GetExpectedDataSizeAsync(drive, t), _abort);
        Expect(_owner.IsProxied ? -1 : size);
        await Session.CallAsync(nameof(IActiveBackupDataClient.InitialiseGetBackupDataAsync), (c, t) => c.InitialiseGetBackupDataAsync(drive, t), _abort);
        _operation.Report(OperationPhase.DataStarted, _owner.Name, _bytes, _expected);
    }

    /// <summary>An estimate may be wrong by any factor; one that is unknown makes the whole unknown.</summary>
    private void Expect(long size)
    {
        _unknown |= size < 0;
        long before = Math.Max(0, _expected);
        _expected = _unknown ? -1 : size > long.MaxValue - before ? long.MaxValue : before + size;
    }

    /// <summary>What follows a drive's own data: the new snapshot, and the checksum when it was asked for.</summary>
    private async Task FollowUpAsync(PartWriter part, DriveNumber drive)
    {
        if (_owner.Registration.SupportsIncremental && !_owner.IsProxied)
        {
            SectionStreamWriter snapshot = await part.OpenStreamAsync((byte)drive.Index, StreamKind.Snapshot, _abort);
            try
            {
                await new SectionTake(snapshot, _operation.MaxEmptySections, static _ => { }, _abort).TakeAsync(
                    _owner, nameof(IActiveBackupDataClient.GetSnapshotDataAsync), (c, b, t) => c.GetSnapshotDataAsync(drive, b, t));
            }
            catch (DataOwnerException e) when (e.Code == ErrorCode.NotSupported && snapshot.Bytes == 0)
            {
                _notes.Add($"The owner keeps no snapshot of drive {drive}; its next backup is a base.");
            }

            await snapshot.CompleteAsync(_abort);
            _operation.Report(OperationPhase.SnapshotFinished, _owner.Name, _bytes, _expected);
        }

        if (_request.Checksums)
        {
            _checksums[drive] = await Session.CallAsync(nameof(IActiveBackupDataClient.GetDataChecksumAsync), (c, t) => c.GetDataChecksumAsync(drive, t), _abort);
        }
    }

    private void Count(int bytes)
    {
        _bytes += bytes;
        _operation.Report(OperationPhase.Section, _owner.Name, _bytes, _expected);
    }
}
