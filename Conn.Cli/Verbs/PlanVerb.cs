using System.CommandLine;
using Conn.Cli.Daemon;
using Conn.Hosting;

namespace Conn.Cli.Verbs;

/// <summary><c>conn plan</c>: what the next backup of the daemon would be.</summary>
internal static class PlanVerb
{
    public static Command Create(VerbContext context)
    {
        SocketOption socket = new();
        Option<string[]> only = SharedOptions.Owner();
        Verb command = new("plan", "Make the checks of the daemon's next backup, say base or increment, change nothing.")
        {
            Usage = "[--owner NAME]... [--socket PATH] [--json]", Examples = ["plan", "plan --owner docs --json"],
        };
        command.Add(only);
        socket.AddTo(command);
        command.AddCommon();
        command.SetAction((parsed, _) => AskedBackup.RunAsync(context, socket.Read(parsed), new BackupAsk
        {
            Owners = parsed.GetValue(only) is { Length: > 0 } names ? names : null, PlanOnly = true,
        }, isPlanAlone: true));
        return command;
    }
}
