using Conn.PubSub;

namespace Conn.ActiveBackup.Client;

/// <content>The author's preparation: it goes on as long as its operation does, and is outlived when it does not heed the end.</content>
public sealed partial class DataOwnerParticipant
{
    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(5);

    private Task _outlived = Task.CompletedTask;

    private void StopPreparing()
    {
        try
        {
            _closing.Cancel();
        }
        catch (AggregateException e)
        {
            // What the author had registered on its preparation's token threw; it is cancelled all the same.
            _errors.Tell(e);
        }
    }

    /// <summary>Lets the author prepare for as long as the operation goes on; a preparation that does not heed its end is left to itself.</summary>
    private async Task<ErrorCode> PrepareAsync(ActiveBackupClient client, Func<CancellationToken, ValueTask<ErrorCode>> prepare)
    {
        CancellationTokenSource ends = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token, client.Over);
        Task<ErrorCode> preparing = OnContextAsync(() => prepare(ends.Token));
        TaskCompletionSource over = new();
        using (ends.Token.Register(static s => ((TaskCompletionSource)s!).TrySetResult(), over))
        {
            await Task.WhenAny(preparing, over.Task);
        }

        if (!preparing.IsCompleted)
        {
            _outlived = HearOutAsync(preparing, ends);
            throw new OperationCanceledException("The operation ended before the owner was prepared.", ends.Token);
        }

        using (ends)
        {
            ErrorCode ready = await preparing;
            ends.Token.ThrowIfCancellationRequested();
            return ready;
        }
    }

    /// <summary>A task that completes where it was begun, whatever completes the call.</summary>
    private static async Task<ErrorCode> OnContextAsync(Func<ValueTask<ErrorCode>> call) => await call();

    private async Task HearOutAsync(Task<ErrorCode> preparing, CancellationTokenSource ends)
    {
        try
        {
            await preparing;
        }
        catch (OperationCanceledException)
        {
            // It was told to stop, and did.
        }
#pragma warning disable CA1031 // The author's preparation may throw anything, also after its operation is over.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _errors.Tell(e);
        }

        ends.Dispose();
    }

    private async Task OutliveAsync()
    {
        if (!_outlived.IsCompleted)
        {
            TaskCompletionSource enough = new();
            using Countdown bound = new(_options.Client.TimeProvider, LongestGoodbye, static s => ((TaskCompletionSource)s).TrySetResult(), enough);
            await Task.WhenAny(_outlived, enough.Task);
        }
    }
}
