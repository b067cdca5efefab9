using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.PubSub.Security;

namespace Conn.Testing.Owners;

/// <content>Data kept for other owners, for an owner that is registered as a proxy data manager.</content>
public sealed partial class ScriptedDataOwner
{
    private readonly Dictionary<(SecureId Owner, DriveNumber Drive), byte[]> _stagedKept = [];
    private SecureId? _proxied;

    /// <summary>What it keeps for other owners. The owner keeps the arrays; without an entry it hands over nothing.</summary>
    public IDictionary<(SecureId Owner, DriveNumber Drive), byte[]> Kept => _disk.Kept;

    /// <inheritdoc/>
    public async ValueTask InitialiseGetProxyBackupDataAsync(SecureId owner, DriveNumber drive, CancellationToken cancellationToken)
    {
        await StepAsync(OwnerCallKind.InitialiseGetProxyBackupData, $" {owner} {drive}", cancellationToken);
        Holds = true;
        _open = new MemoryStream(Kept.TryGetValue((owner, drive), out byte[]? kept) ? kept : []);
    }

    /// <inheritdoc/>
    public async ValueTask InitialiseRestoreProxyBaseDataAsync(SecureId owner, DriveNumber drive, CancellationToken cancellationToken)
    {
        await StepAsync(OwnerCallKind.InitialiseRestoreProxyBaseData, $" {owner} {drive}", cancellationToken);
        Holds = true;
        _drive = drive;
        _proxied = owner;
        _open = new MemoryStream();
    }

    private List<(SecureId Owner, byte[] Data)> StagedKeptOn(DriveNumber drive) => [.. _stagedKept.Where(k => k.Key.Drive == drive).Select(k => (k.Key.Owner, k.Value))];

    private void TakeOverKept(DriveNumber drive)
    {
        foreach ((SecureId owner, byte[] data) in StagedKeptOn(drive))
        {
            Kept[(owner, drive)] = data;
            _stagedKept.Remove((owner, drive));
        }
    }
}
