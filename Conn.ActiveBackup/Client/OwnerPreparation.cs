using System.Reactive.Concurrency;
using Conn.ActiveBackup.Calls;
using Conn.PubSub;

namespace Conn.ActiveBackup.Client;

/// <summary>Runs an author's preparation for as long as its operation lasts. One that ignores its end is left behind, and delays the next operation
/// only.</summary>
/// <param name="options">The preparation, and the scheduler on which it runs.</param>
/// <param name="escaped">Receives what an async void method of the preparation throws.</param>
/// <param name="errors">Receives what a preparation throws that was given up.</param>
internal sealed class OwnerPreparation(DataOwnerParticipantOptions options, Action<Exception> escaped, ErrorReporter errors)
{
    /// <summary>Completes when no preparation runs; never fails.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>Prepares the owner for one operation.</summary>
    /// <param name="client">Its connection.</param>
    /// <param name="mode">The mode announced.</param>
    /// <param name="closing">Ends it.</param>
    /// <returns>What the author's code returns; None when there is none.</returns>
    /// <exception cref="OperationCanceledException">The operation ended first.</exception>
    public async Task<ErrorCode> RunAsync(ActiveBackupClient client, BurMode mode, CancellationToken closing)
    {
        if (options.PrepareAsync is not { } prepare)
        {
            return ErrorCode.Success;
        }

        using CancellationTokenSource ends = CancellationTokenSource.CreateLinkedTokenSource(closing, client.Over);
        TaskCompletionSource<ErrorCode> prepared = new();
        Running = SettleAsync(prepared.Task);
        CancellationToken token = ends.Token;
        try
        {
            options.Client.Scheduler.Schedule(() => _ = PrepareAsync());
        }
#pragma warning disable CA1031 // A scheduler of the author may throw anything; it is the outcome of the preparation.
        catch (Exception e)
#pragma warning restore CA1031
        {
            // Else it would be waited for before every later operation.
            prepared.TrySetException(e);
        }

        return await prepared.Task.WaitAsync(token);

        async Task PrepareAsync()
        {
            try
            {
                token.ThrowIfCancellationRequested();
                // The token is cancelled on the owner's own thread, which may be behind.
                if (client.Ended.IsCompleted)
                {
                    throw new OperationCanceledException("The operation ended before the preparation began.");
                }

                ValueTask<ErrorCode> running;
                using (new GuardedContext(SynchronizationContext.Current, escaped).Enter())
                {
                    running = prepare(client, mode, token);
                }

                prepared.TrySetResult(await running);
            }
#pragma warning disable CA1031 // The author's preparation may throw anything; it is the outcome of the preparation.
            catch (Exception e)
#pragma warning restore CA1031
            {
                if (token.IsCancellationRequested && e is not OperationCanceledException)
                {
                    errors.Report(e);
                }

                prepared.TrySetException(e);
            }
        }
    }

    private static async Task SettleAsync(Task task) => await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
}
