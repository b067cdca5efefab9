using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Engine.Proxies;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>Gives one drive of a proxied owner's stream back to its sources: each manager in order, then the owner; each gets its last section once.</summary>
/// <param name="run">The owner's run.</param>
/// <param name="drive">The drive.</param>
/// <param name="repository">Where the stream is.</param>
/// <param name="stop">Ends the feed.</param>
internal sealed class ProxiedFeed(RestoreRun run, DriveNumber drive, BackupRepository repository, CancellationToken stop)
{
    private readonly ProxyFrameDecoder _decoder = new(run.Owner.Name, run.Owner.Registration.ProxyManagers);
    private int _opened = -1;
    private bool _ownOpened;

    /// <exception cref="DataOwnerException">The owner or a manager failed, or the stream is not theirs.</exception>
    public Task GiveAsync() => StoredStream.ReadAsync(repository, run.Part!, drive, StreamKind.Data, GiveSectionAsync, stop);

    private async Task GiveSectionAsync(ReadOnlyMemory<byte> section, bool last)
    {
        while (_decoder.TryRead(ref section, out ProxyPiece piece))
        {
            RestoreRun manager = run.Managers[piece.Manager];
            await run.WithAsync(manager, () => GiveToManagerAsync(manager, piece));
            run.Count(piece.Bytes.Length);
        }

        if (last)
        {
            _decoder.End();
        }

        ReadOnlyMemory<byte> own = _decoder.Own(section);
        if (_decoder.ManagersDone && _decoder.OwnFollows && (last || !own.IsEmpty))
        {
            await OpenOwnAsync();
            await run.GiveAsync(OwnerCallKind.RestoreBaseDataSection, drive, own, last);
        }
    }

    private async Task OpenOwnAsync()
    {
        if (_ownOpened)
        {
            return;
        }

        _ownOpened = true;
        if (!run.Owner.HasOwnData)
        {
            throw new DataOwnerException(run.Owner.Name, ErrorCode.NotSupported,
                $"The set holds data that owner {run.Owner.Name} handed over itself; it is registered as having none.");
        }

        await run.OpenBaseAsync(drive);
    }

    private async Task GiveToManagerAsync(RestoreRun manager, ProxyPiece piece)
    {
        DriveKey key = new(drive, run.Owner.Registration.Sid);
        if (_opened != piece.Manager)
        {
            _opened = piece.Manager;
            manager.Keep(run, drive);
            await manager.Session.CallAsync(OwnerCall.For(OwnerCallKind.InitialiseRestoreProxyBaseData, key.ProxiedOwner, drive), stop);
        }

        await manager.Session.CallAsync(OwnerCall.Give(OwnerCallKind.RestoreBaseDataSection, key, piece.Bytes, piece.Last), stop);
    }
}
