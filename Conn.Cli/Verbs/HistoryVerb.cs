using System.CommandLine;
using Conn.Cli.Daemon;
using Conn.Cli.Output;
using Conn.Hosting;

namespace Conn.Cli.Verbs;

/// <summary><c>conn history</c>: the operations since the start of the daemon.</summary>
internal static class HistoryVerb
{
    public static Command Create(VerbContext context) => AskingVerb.Create(
        context, "history", "List the operations of the daemon since its start, newest last.", ["history"],
        async daemon =>
        {
            IReadOnlyList<PastOperation> operations = await daemon.HistoryAsync(context.Interrupted);
            context.Terminal.Result(new HistoryDocument(operations.Select(StatusOutput.Json)), Documents.Default.HistoryDocument,
                console => StatusOutput.History(console, operations));
        });
}

internal sealed record HistoryDocument(IEnumerable<OperationItem> Operations) : Document;
