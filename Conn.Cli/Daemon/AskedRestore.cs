using Conn.Cli.Output;
using Conn.Cli.Verbs;
using Conn.Engine;
using Conn.Hosting;
using Conn.Ipc;

namespace Conn.Cli.Daemon;

/// <summary>A restore in place that the daemon makes, or its plan.</summary>
internal static class AskedRestore
{
    public static async Task<int> RunAsync(VerbContext context, IpcClientOptions socket, RestoreAsk ask)
    {
        await using ConnRequester daemon = await AskedDaemon.ConnectAsync(context, socket);
        ProgressView view = new(context.Terminal);
        RestoreReport report = await view.AroundAsync(ProgressView.WholeSet, () => AskedDaemon.AskAsync(context, () => daemon.RestoreAsync(ask, view.Show, context.Interrupted)));
        ExitCode code = ExitCodes.Of(report.Outcome, report.Owners);
        context.Terminal.Result(
            report, console => RestoreOutput.Text(console, report), matters: ask.PlanOnly, isAttention: ask.PlanOnly || code != ExitCode.Done);
        BackupOutput.Notes(context.Terminal, report.Notes, report.Owners);
        return (int)code;
    }
}
