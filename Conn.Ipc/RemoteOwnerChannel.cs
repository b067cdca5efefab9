using Conn.ActiveBackup.Calls;
using StreamJsonRpc;

namespace Conn.Ipc;

/// <summary>The engine's way to an owner in another process. A lost connection fails the calls that run, as a value.</summary>
internal sealed class RemoteOwnerChannel(IOwnerClient owner, SectionPipe sections, Action end, CancellationToken lost) : IOwnerChannel
{
    private long _calls;

    public async ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested && call.Kind != OwnerCallKind.TerminateMultiStageOperation)
        {
            return OwnerCallResult.Failed(ErrorCode.Cancel, $"{call.Kind} was given up before it began.");
        }

        long id = Interlocked.Increment(ref _calls);
        try
        {
            Task<WireResult> answer = owner.InvokeAsync(WireCall.Of(id, call));

            // After the call was sent, so that the owner knows what is cancelled.
            using CancellationTokenRegistration cancel = cancellationToken.UnsafeRegister(_ => _ = CancelAsync(id), null);
            return await ExchangeAsync(id, call, answer);
        }
        catch (Exception e) when (e is RemoteRpcException or IOException or ObjectDisposedException or OperationCanceledException or ConnException)
        {
            ConnException failure = WireRpc.Translate(e);
            if (failure.Code == ErrorCode.Corrupt)
            {
                end();
            }

            return OwnerCallResult.Failed(failure.Code == ErrorCode.Corrupt ? ErrorCode.Corrupt : ErrorCode.ServerTerminated,
                failure.Code == ErrorCode.Corrupt ? failure.Message : "The connection to the owner's process was lost.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await owner.EndAsync();
        }
        catch (Exception e) when (e is RemoteRpcException or IOException or ObjectDisposedException)
        {
            // The connection is lost, which ends the session too.
        }
    }

    private async Task<OwnerCallResult> ExchangeAsync(long id, OwnerCall call, Task<WireResult> answer)
    {
        // The bytes go while the call runs: each side may wait for them before it answers.
        Task given = call.Section.IsEmpty ? Task.CompletedTask : sections.WriteAsync(id, call.Section, lost);
        Task<int> taken = call.Buffer.IsEmpty ? Task.FromResult(0) : sections.ReadAsync(id, call.Buffer, lost);
        if (await Task.WhenAny(answer, taken, given) is { IsCompletedSuccessfully: false } failed)
        {
            await failed;
        }

        WireResult result = await answer;
        await given;
        int bytes = await taken;
        return result.Code == 0 && !call.Buffer.IsEmpty && result.Bytes != bytes
            ? OwnerCallResult.Failed(ErrorCode.BadDescriptor, $"The owner claims {result.Bytes} bytes and sent {bytes}.")
            : result.Read().Checked(call);
    }

    private async Task CancelAsync(long id)
    {
        try
        {
            await owner.CancelAsync(id);
        }
        catch (Exception e) when (e is RemoteRpcException or IOException or ObjectDisposedException)
        {
            // The call fails for the same reason.
        }
    }
}
