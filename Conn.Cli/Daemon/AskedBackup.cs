using Conn.Cli.Output;
using Conn.Cli.Verbs;
using Conn.Hosting;
using Conn.Ipc;

namespace Conn.Cli.Daemon;

/// <summary>A backup that the daemon makes, or its plan.</summary>
internal static class AskedBackup
{
    public static async Task<int> RunAsync(VerbContext context, IpcClientOptions socket, BackupAsk ask)
    {
        await using ConnRequester daemon = await AskedDaemon.ConnectAsync(context, socket);
        ProgressView view = new(context.Terminal);
        return BackupOutput.Show(
            context.Terminal, await view.AroundAsync(ProgressView.WholeSet, () => AskedDaemon.AskAsync(context, () => daemon.BackupAsync(ask, view.Show, context.Interrupted))));
    }
}
