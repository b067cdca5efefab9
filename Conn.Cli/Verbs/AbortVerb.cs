using System.CommandLine;
using Conn.Cli.Daemon;
using Conn.Cli.Output;
using Conn.Hosting;

namespace Conn.Cli.Verbs;

/// <summary><c>conn abort</c>: ends the operation that runs.</summary>
internal static class AbortVerb
{
    public static Command Create(VerbContext context) => AskingVerb.Create(
        context, "abort", "Abort the operation that the daemon runs, and wait for its end.", ["abort"],
        async daemon =>
        {
            PastOperation? aborted = await daemon.AbortAsync(context.Interrupted);
            context.Terminal.Result(new AbortDocument(aborted is null ? null : StatusOutput.Json(aborted)), Documents.Default.AbortDocument,
                console => console.Line(aborted is null ? "nothing to abort: no operation runs" : $"aborted: {aborted.Kind} by {aborted.Holder}"),
                matters: false, isAttention: false);
        });
}

internal sealed record AbortDocument(OperationItem? Aborted) : Document;
