using System.CommandLine;
using Conn.Cli.Daemon;
using Conn.Hosting;
using Conn.Ipc;

namespace Conn.Cli.Verbs;

/// <summary><c>conn owners</c>: the owners of the daemon.</summary>
internal static class OwnersVerb
{
    public static Command Create(VerbContext context)
    {
        SocketOption socket = new();
        Verb command = new("owners", "Show the owners of the daemon: state, last error, last good set, where each runs.")
        {
            Usage = "[--socket PATH] [--json]", Examples = ["owners", "owners --json"],
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
        context.Terminal.Result(new { schemaVersion = 1, owners = status.Owners.Select(StatusOutput.Json) },
            console => StatusOutput.Owners(console, status, TimeProvider.System.GetUtcNow()));
        return (int)ExitCode.Done;
    }
}
