using System.CommandLine;
using Conn.Cli.Daemon;
using Conn.Hosting;
using Conn.Ipc;

namespace Conn.Cli.Verbs;

/// <summary><c>conn history</c>: the operations since the start of the daemon.</summary>
internal static class HistoryVerb
{
    public static Command Create(VerbContext context)
    {
        SocketOption socket = new();
        Verb command = new("history", "List the operations of the daemon since its start, newest last.")
        {
            Usage = "[--socket PATH] [--json]", Examples = ["history"],
        };
        socket.AddTo(command);
        command.AddCommon();
        command.SetAction((parsed, _) => RunAsync(context, socket.Read(parsed)));
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, IpcClientOptions socket)
    {
        await using ConnRequester daemon = await ConnRequester.ConnectAsync(socket, context.Interrupted);
        IReadOnlyList<PastOperation> operations = await daemon.HistoryAsync(context.Interrupted);
        context.Terminal.Result(new { schemaVersion = 1, operations = operations.Select(StatusOutput.Json) },
            console => StatusOutput.History(console, operations));
        return (int)ExitCode.Done;
    }
}
