using Conn.ActiveBackup.Contract;
using Conn.Engine.Operations;
using Conn.Engine.Sessions;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Engine.Proxies;

/// <summary>Gives one drive of a proxied owner's stream to those it came from: each manager in order, then the owner; each hears of its last section once.</summary>
/// <param name="owner">The owner.</param>
/// <param name="drive">The drive.</param>
/// <param name="abort">Ends the operation.</param>
internal sealed class ProxiedFeed(OwnerRestore owner, DriveNumber drive, CancellationToken abort)
{
    private readonly ProxyFrameDecoder _decoder = new(owner.Owner.Name, owner.Owner.Registration.ProxyManagers);
    private int _opened = -1;
    private bool _ownOpened;

    /// <exception cref="DataOwnerException">The owner or a manager failed, or the stream is not theirs.</exception>
    public Task GiveAsync(BackupRepository repository, OwnerPart part) => SectionFeed.GiveAsync(repository, part, drive, StreamKind.Data, async (section, last) =>
    {
        await GiveSectionAsync(section, last);
        return true;
    }, abort);

    private async Task GiveSectionAsync(ReadOnlyMemory<byte> section, bool last)
    {
        while (_decoder.TryRead(ref section, out ProxyPiece piece))
        {
            OwnerRestore manager = owner.Managers[piece.Manager];
            await manager.ServeAsync(owner, () => GiveAwayAsync(manager, piece));
            owner.Count(piece.Bytes.Length);
        }

        if (last)
        {
            _decoder.End();
        }

        ReadOnlyMemory<byte> own = _decoder.Own(section);
        if (_decoder.ManagersDone && _decoder.OwnFollows && (last || !own.IsEmpty))
        {
            if (!_ownOpened)
            {
                _ownOpened = true;
                if (!owner.Owner.HasOwnData)
                {
                    throw new DataOwnerException(owner.Owner.Name, "restore", ErrorCode.NotSupported,
                        $"The set holds data that owner {owner.Owner.Name} handed over itself; it is registered as having none.");
                }

                await owner.OpenBaseAsync(drive, abort);
            }

            await owner.GiveBaseAsync(own, last, abort);
        }
    }

    private async Task GiveAwayAsync(OwnerRestore manager, ProxyPiece piece)
    {
        OwnerSession session = manager.Owner.LiveSession;
        if (_opened != piece.Manager)
        {
            _opened = piece.Manager;
            manager.Keeps(owner, drive);
            SecureId served = owner.Owner.Registration.Sid;
            await session.CallAsync(nameof(IActiveBackupDataClient.InitialiseRestoreProxyBaseDataAsync),
                (c, t) => c.InitialiseRestoreProxyBaseDataAsync(served, drive, t), abort);
        }

        await session.CallAsync(nameof(IActiveBackupDataClient.RestoreBaseDataSectionAsync), (c, t) => c.RestoreBaseDataSectionAsync(piece.Bytes, piece.Last, t), abort);
    }
}
