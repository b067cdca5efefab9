using Conn.Cli.Output;
using Conn.Ipc;
using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.Cli.Daemon;

/// <summary>The bus of a daemon, as the verbs that read and write its properties open it.</summary>
internal static class DaemonBus
{
    /// <summary>Opens a client without capabilities.</summary>
    /// <exception cref="ConnException">ServerTerminated: the daemon ended meanwhile. Otherwise its refusal.</exception>
    public static async Task<IPropertyClient> OpenAsync(IpcPropertyStore bus, SecureId identity, CancellationToken cancellationToken)
    {
        try
        {
            return await bus.OpenAsync(bus.MintIdentity(identity, CapabilitySet.Empty), cancellationToken);
        }
        catch (ConnException e) when (e.Code == ErrorCode.ServerTerminated)
        {
            throw Changes.Ended();
        }
    }
}
