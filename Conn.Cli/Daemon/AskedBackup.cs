using Conn.Cli.Output;
using Conn.Cli.Verbs;
using Conn.Engine;
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
        BackupReport report = await view.AroundAsync(ProgressView.WholeSet, () => daemon.BackupAsync(ask, view.Show, context.Interrupted));
        context.Terminal.Result(
            report, console => BackupOutput.Text(console, report), report.PlanOnly, report.PlanOnly || report.Outcome != OperationOutcome.Succeeded);
        BackupOutput.Notes(context.Terminal, report.Notes, report.Owners);
        return (int)ExitCodes.Of(report.Outcome, report.Owners);
    }
}
