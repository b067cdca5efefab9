using System.CommandLine;
using Conn.Cli.Daemon;
using Conn.Cli.Output;
using Conn.Hosting;

namespace Conn.Cli.Verbs;

/// <summary><c>conn status</c>: where the daemon stands.</summary>
internal static class StatusVerb
{
    public static Command Create(VerbContext context) => AskingVerb.Create(
        context, "status", "Show what the daemon does: mode, operation, next backup, owners.", ["status", "status --json"],
        async daemon =>
        {
            BackupStatus status = await daemon.StatusAsync(context.Interrupted);
            context.Terminal.Result(StatusOutput.Json(status), Documents.Default.StatusDocument,
                console => StatusOutput.Text(console, status, TimeProvider.System.GetUtcNow()));
        });
}
