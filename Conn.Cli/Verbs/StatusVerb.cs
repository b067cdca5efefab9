using System.CommandLine;
using Conn.Cli.Daemon;
using Conn.Hosting;
using Conn.Ipc;

namespace Conn.Cli.Verbs;

/// <summary><c>conn status</c>: where the daemon stands.</summary>
internal static class StatusVerb
{
    public static Command Create(VerbContext context)
    {
        SocketOption socket = new();
        Verb command = new("status", "Show what the daemon does: mode, operation, next backup, owners.")
        {
            Usage = "[--socket PATH] [--json]", Examples = ["status", "status --json"],
        };
        socket.AddTo(command);
        command.AddCommon();
        command.SetAction((parsed, _) => RunAsync(context, socket.Read(parsed)));
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, IpcClientOptions socket)
    {
        await using ConnRequester daemon = await ConnRequester.ConnectAsync(socket, context.Interrupted);
        BackupStatus status = await daemon.StatusAsync(context.Interrupted);
        context.Terminal.Result(StatusOutput.Json(status), console => StatusOutput.Text(console, status, TimeProvider.System.GetUtcNow()));
        return (int)ExitCode.Done;
    }
}
