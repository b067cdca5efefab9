using Conn.ActiveBackup.Calls;
using Conn.PubSub.Security;
using MessagePack;
using StreamJsonRpc;

namespace Conn.Ipc;

/// <summary>The engine's way to ask an owner in another process outside of operations. An owner that cannot be reached is not judged.</summary>
internal sealed class RemotePlanner(IpcPlanners planners, SecureId owner) : IOwnerChannel
{
    private long _calls;

    public async ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken)
    {
        if (!call.Section.IsEmpty || !call.Buffer.IsEmpty)
        {
            return OwnerCallResult.Failed(ErrorCode.NotSupported, $"{call.Kind} carries bytes, and there is no session to carry them.");
        }

        if (planners.Find(owner) is not { } process)
        {
            return default;
        }

        long id = Interlocked.Increment(ref _calls);
        try
        {
            if (planners.FindPlaces(owner) is { } places && await places.Given.WaitAsync(cancellationToken) is { } failure)
            {
                return OwnerCallResult.Failed(failure.Code, $"The owner did not take the places of others. {failure.Message}");
            }

            Task<WireResult> answer = process.InvokeAsync(WireCall.Of(id, call));
            using CancellationTokenRegistration cancel = cancellationToken.UnsafeRegister(_ => _ = CancelAsync(process, id), null);
            return (await answer ?? throw new MessagePackSerializationException("The answer is nil.")).Read().Checked(call);
        }
        catch (MessagePackSerializationException)
        {
            return OwnerCallResult.Failed(ErrorCode.Corrupt, "The owner's process answered with what is no result.");
        }
        catch (Exception e) when (e is RemoteRpcException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            return cancellationToken.IsCancellationRequested ? OwnerCallResult.Failed(ErrorCode.Cancel, $"{call.Kind} was given up.") : default;
        }
    }

    public ValueTask DisposeAsync() => default;

    private static async Task CancelAsync(IOwnerClient process, long id)
    {
        try
        {
            await process.CancelAsync(id);
        }
        catch (Exception e) when (e is RemoteRpcException or IOException or ObjectDisposedException)
        {
            // The call ends for the same reason.
        }
    }
}
