using Conn.Cli.Output;
using Conn.Cli.Verbs;
using Conn.Hosting;
using Conn.Ipc;

namespace Conn.Cli.Daemon;

/// <summary>A backup that the daemon makes, or its plan.</summary>
internal static class AskedBackup
{
    /// <param name="context">Where it writes.</param>
    /// <param name="socket">The socket of the daemon.</param>
    /// <param name="ask">What is asked.</param>
    /// <param name="isPlanAlone">Whether the verb only asks a daemon, and no repository can be named instead.</param>
    public static async Task<int> RunAsync(VerbContext context, IpcClientOptions socket, BackupAsk ask, bool isPlanAlone = false)
    {
        await using ConnRequester daemon = isPlanAlone ? await ConnRequester.ConnectAsync(socket, context.Interrupted) : await AskedDaemon.ConnectAsync(context, socket);
        ProgressView view = new(context.Terminal);
        return BackupOutput.Show(
            context.Terminal, await view.AroundAsync(ProgressView.WholeSet, () => AskedDaemon.AskAsync(context, () => daemon.BackupAsync(ask, view.Show, context.Interrupted))));
    }
}
