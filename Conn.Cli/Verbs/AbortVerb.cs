using System.CommandLine;
using Conn.Cli.Daemon;
using Conn.Cli.Output;
using Conn.Hosting;
using Conn.Ipc;

namespace Conn.Cli.Verbs;

/// <summary><c>conn abort</c>: ends the operation that runs.</summary>
internal static class AbortVerb
{
    public static Command Create(VerbContext context)
    {
        SocketOption socket = new();
        Verb command = new("abort", "Abort the operation that the daemon runs, and wait for its end.")
        {
            Usage = "[--socket PATH] [--json]", Examples = ["abort"],
        };
        socket.AddTo(command);
        command.AddCommon();
        command.SetAction((parsed, _) => RunAsync(context, socket.Read(parsed)));
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, IpcClientOptions socket)
    {
        await using ConnRequester daemon = await ConnRequester.ConnectAsync(socket, context.Interrupted);
        PastOperation? aborted = await daemon.AbortAsync(context.Interrupted);
        context.Terminal.Result(new { schemaVersion = 1, aborted = aborted is null ? null : StatusOutput.Json(aborted) },
            console => console.Line(aborted is null ? "nothing to abort: no operation runs" : $"aborted: {aborted.Kind} by {aborted.Holder}"),
            matters: false, isAttention: false);
        return (int)ExitCode.Done;
    }
}
