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
        try
        {
            RestoreReport report = await view.AroundAsync(ProgressView.WholeSet, () => AskedDaemon.AskAsync(context, () => daemon.RestoreAsync(ask, view.Show, context.Interrupted)));
            return RestoreOutput.Show(context.Terminal, RestoreWords.AddTo(report, inPlace: true));
        }
        catch (OperationRefusedException e) when (RestoreWords.AddTo(e, inPlace: true) is { } more)
        {
            throw more;
        }
    }
}
