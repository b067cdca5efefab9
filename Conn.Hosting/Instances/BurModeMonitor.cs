using System.Reactive.Linq;
using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.Hosting.Instances;

/// <summary>Follows the mode on the bus.</summary>
internal sealed class BurModeMonitor : IBurModeMonitor
{
    private readonly PropertyClient _client;
    private readonly Property _mode;

    public BurModeMonitor(PropertyStore bus)
    {
        _client = bus.Open(bus.MintIdentity(new SecureId(0)));
        _mode = _client.Attach(SystemProperties.BackupRestoreKey);
    }

    public BurMode Current => _mode.TryGet(out int value, out _).IsSuccess ? BurMode.FromValue(value) : BurMode.Unset;

    public IObservable<BurMode> Modes => _client.ObserveBurMode().DistinctUntilChanged();

    public async Task WaitForNormalAsync(CancellationToken cancellationToken = default) =>
        await _client.WaitForAsync(SystemProperties.BackupRestoreKey, static c => BurMode.FromValue(c.Value ?? 0).IsNormal, cancellationToken);
}
