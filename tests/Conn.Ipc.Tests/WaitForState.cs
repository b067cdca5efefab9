using System.Reactive.Linq;
using System.Reactive.Threading.Tasks;

namespace Conn.Ipc.Tests;

internal static class WaitForState
{
    /// <summary>Completes when a store stands so with its server.</summary>
    public static async Task WaitAsync(this IObservable<IpcConnectionState> states, IpcConnectionState state, CancellationToken cancellationToken) =>
        await states.FirstAsync(s => s == state).ToTask(cancellationToken).WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, cancellationToken);
}
