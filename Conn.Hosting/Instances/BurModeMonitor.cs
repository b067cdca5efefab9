using System.Reactive.Linq;
using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.Hosting.Instances;

/// <summary>Follows the mode on a bus.</summary>
internal sealed class BurModeMonitor : IBurModeMonitor
{
    private readonly PropertyClient _client;
    private readonly Property _mode;
    private readonly bool _isUnsetUnknown;

    /// <param name="bus">The bus.</param>
    /// <param name="isUnsetUnknown">Whether Unset says that the mode is not known, because it is that of a daemon. Else no operation is active.</param>
    public BurModeMonitor(PropertyStore bus, bool isUnsetUnknown = false)
    {
        _isUnsetUnknown = isUnsetUnknown;
        _client = bus.Open(bus.MintIdentity(new SecureId(0)));
        _mode = _client.Attach(SystemProperties.BackupRestoreKey);
    }

    public BurMode Current => _mode.TryGet(out int value, out _).IsSuccess ? BurMode.FromValue(value) : BurMode.Unset;

    public IObservable<BurMode> Modes => _client.ObserveBurMode().DistinctUntilChanged().SkipWhile(IsUnknown);

    public async Task WaitForNormalAsync(CancellationToken cancellationToken = default) =>
        await _client.WaitForAsync(SystemProperties.BackupRestoreKey, c => IsKnownNormal(BurMode.FromValue(c.Value ?? 0)), cancellationToken);

    private bool IsUnknown(BurMode mode) => _isUnsetUnknown && mode.PartType == BurPartType.Unset;

    private bool IsKnownNormal(BurMode mode) => mode.IsNormal && !IsUnknown(mode);
}
