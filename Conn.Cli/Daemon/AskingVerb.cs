using System.CommandLine;
using Conn.Cli.Verbs;
using Conn.Hosting;

namespace Conn.Cli.Daemon;

/// <summary>The frame of a verb that asks the daemon one thing and shows the answer.</summary>
internal static class AskingVerb
{
    /// <param name="context">Where the answer is shown, and what interrupts.</param>
    /// <param name="name">The verb.</param>
    /// <param name="description">What it does, for its help.</param>
    /// <param name="examples">Its examples.</param>
    /// <param name="ask">Asks and shows.</param>
    public static Command Create(VerbContext context, string name, string description, string[] examples, Func<ConnRequester, Task> ask)
    {
        SocketOption socket = new();
        Verb command = new(name, description) { Usage = "[--socket PATH] [--json]", Examples = examples };
        socket.AddTo(command);
        command.AddCommon();
        command.SetAction(async (parsed, _) =>
        {
            await using ConnRequester daemon = await ConnRequester.ConnectAsync(socket.Read(parsed), context.Interrupted);
            await ask(daemon);
            return (int)ExitCode.Done;
        });
        return command;
    }
}
