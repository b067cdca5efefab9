namespace Conn.PubSub.Observables;

/// <summary>Streams of well-known properties.</summary>
public static class PropertyClientExtensions
{
    /// <summary>The stream of the host's backup-or-restore mode, the current one first.</summary>
    /// <param name="client">Who observes.</param>
    /// <param name="options">How observers are called; null for queued on the store's scheduler.</param>
    /// <returns>As <see cref="PropertyClient.Observe"/>. While the key is not defined the mode is <see cref="BurMode.Unset"/>. The same mode may come twice.</returns>
    public static IObservable<BurMode> ObserveBurMode(this PropertyClient client, ObserveOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        return new BurModeObservable(client.Observe(SystemProperties.BackupRestoreKey, options));
    }
}
