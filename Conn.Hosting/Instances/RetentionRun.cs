using Conn.Hosting.Telemetry;
using Conn.Repository;
using Conn.Repository.Retention;

namespace Conn.Hosting.Instances;

/// <summary>Removes old sets after a backup. Invariant: whatever happens here, the backup's outcome stays what it is.</summary>
internal sealed class RetentionRun(ConnInstance instance, OperationNews news)
{
    private const string Kind = "retention";

    public async Task RunAsync(RetentionRequest request, CancellationToken cancellationToken)
    {
        DateTimeOffset began = instance.Clock.GetUtcNow();
        try
        {
            await using RepositoryWriterLock held = await instance.Repository.LockForWritingAsync("the retention of the host", cancellationToken);
            PruneReport report = await instance.Repository.Retention.PruneAsync(held, request, cancellationToken);
            Messages.Retained(instance.Log, report.Plan.Sets.Count(static set => !set.IsKept), report.Plan.Hidden.Count(static set => set.IsDue));
            foreach (string note in report.Notes)
            {
                Messages.RetentionNote(instance.Log, note);
            }
        }
#pragma warning disable CA1031 // The set is committed: what fails here is reported beside it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Messages.RetentionFailed(instance.Log, e);
            news.Tell(new PastOperation
            {
                Kind = Kind, Holder = "the retention of the host", Began = began, Ended = instance.Clock.GetUtcNow(),
                Error = e is OperationCanceledException ? "It was aborted." : e.Message,
            });
        }
    }
}
