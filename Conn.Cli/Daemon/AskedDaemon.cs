using Conn.Cli.Verbs;
using Conn.Hosting;
using Conn.Ipc;

namespace Conn.Cli.Daemon;

/// <summary>The daemon that a verb asks because the command line names no repository.</summary>
internal static class AskedDaemon
{
    /// <exception cref="UsageException">There is none.</exception>
    public static async Task<ConnRequester> ConnectAsync(VerbContext context, IpcClientOptions socket)
    {
        try
        {
            return await ConnRequester.ConnectAsync(socket, context.Interrupted);
        }
        catch (ConnException e) when (e.Code == ErrorCode.NotFound)
        {
            throw new UsageException($"No repository is named: {RepositoryOption.Ways(null)}. Without one the daemon is asked, and there is none. "
                + $"{e.Message} Try: conn --help");
        }
    }
}
