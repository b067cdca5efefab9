using System.CommandLine;
using System.Globalization;
using Conn.Cli.Daemon;
using Conn.Cli.Output;
using Conn.Ipc;
using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.Cli.Verbs;

/// <summary><c>conn watch</c>: the mode of the daemon's host, a line for each change, until it is interrupted.</summary>
internal static class WatchVerb
{
    public static Command Create(VerbContext context)
    {
        SocketOption socket = new();
        Verb command = new("watch", "Show the mode of the host, a line for each change, until interrupted.")
        {
            Usage = "[--socket PATH] [--json]", Examples = ["watch", "watch --json"],
        };
        socket.AddTo(command);
        command.AddCommon();
        command.SetAction((parsed, _) => RunAsync(context, socket.Read(parsed)));
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, IpcClientOptions socket)
    {
        await using IpcPropertyStore bus = await IpcPropertyStore.ConnectAsync(socket, context.Interrupted);
        await using IPropertyClient client = await DaemonBus.OpenAsync(bus, new SecureId(0), context.Interrupted);
        await Changes.ShowAsync(
            context,
            client.ObserveBurMode(),
            static (mode, time) => new ModeDocument(time, mode.ToString(), mode.ToValue()),
            Documents.Default.ModeDocument,
            static (mode, time) => string.Create(CultureInfo.InvariantCulture, $"{time:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {mode}"));
        return (int)ExitCode.Done;
    }
}

internal sealed record ModeDocument(DateTimeOffset Time, string Mode, int Value) : Document;
