using System.CommandLine;
using Conn.Cli.Daemon;
using Conn.Hosting;

namespace Conn.Cli.Verbs;

/// <summary><c>conn owners</c>: the owners of the daemon.</summary>
internal static class OwnersVerb
{
    public static Command Create(VerbContext context) => AskingVerb.Create(
        context, "owners", "Show the owners of the daemon: state, last error, last good set, where each runs.", ["owners", "owners --json"],
        async daemon =>
        {
            BackupStatus status = await daemon.StatusAsync(context.Interrupted);
            context.Terminal.Result(new { schemaVersion = 1, owners = status.Owners.Select(StatusOutput.Json), refused = status.Refused.Select(StatusOutput.Json) },
                console => StatusOutput.Owners(console, status, TimeProvider.System.GetUtcNow()));
        });
}
