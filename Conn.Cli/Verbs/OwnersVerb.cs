using System.CommandLine;
using Conn.Cli.Daemon;
using Conn.Cli.Output;
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
            context.Terminal.Result(
                new OwnersDocument(status.Owners.Select(StatusOutput.Json), status.Refused.Select(StatusOutput.Json)), Documents.Default.OwnersDocument,
                console => StatusOutput.Owners(console, status, TimeProvider.System.GetUtcNow()));
        });
}

internal sealed record OwnersDocument(IEnumerable<OwnerItem> Owners, IEnumerable<RefusedItem> Refused) : Document;
