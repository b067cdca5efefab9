using Conn.ActiveBackup.Calls;
using MessagePack;
using StreamJsonRpc;

namespace Conn.Ipc;

/// <summary>The engine's way to an owner in another process. A lost connection fails the calls that run, as a value. Nothing waits for the owner after the end of the
/// session.</summary>
internal sealed class RemoteOwnerChannel(
    IOwnerClient owner, QuickCalls quick, SectionPipe sections, SharedSections? shared, Action<string> end, TimeSpan answerTimeout, TimeProvider clock, CancellationToken lost) : IOwnerChannel
{
    private const string LostSentence = "The connection to the owner's process was lost.";

    private readonly CancellationTokenSource _over = CancellationTokenSource.CreateLinkedTokenSource(lost);
    private long _calls;

    public async ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested && call.Kind != OwnerCallKind.TerminateMultiStageOperation)
        {
            return OwnerCallResult.Failed(ErrorCode.Cancel, $"{call.Kind} was given up before it began.");
        }

        long id = Interlocked.Increment(ref _calls);
        Task<WireResult?>? answer = null;
        try
        {
            bool isShared = shared is not null && SharedSections.Fits(call);
            if (isShared)
            {
                shared!.Give(call.Section.Span);
            }

            answer = AskAsync(WireCall.Of(id, call, isShared));

            // After the call was sent, so that the owner knows what is cancelled.
            using CancellationTokenRegistration cancel = cancellationToken.UnsafeRegister(_ => _ = CancelAsync(id), null);
            return isShared ? await AnswerAsync(call, answer) : await ExchangeAsync(id, call, answer);
        }
        catch (ConnException e) when (e == answer?.Exception?.InnerException)
        {
            return OwnerCallResult.Failed(
                ErrorCode.ServerTerminated, e.Code == ErrorCode.ServerTerminated ? LostSentence : "The owner's process could not answer the call.");
        }
        catch (ConnException e)
        {
            end($"{call.Kind} failed: {e.Message}");
            return OwnerCallResult.Failed(e.Code, e.Message);
        }
        catch (MessagePackSerializationException)
        {
            end($"its answer to {call.Kind} is no result");
            return OwnerCallResult.Failed(ErrorCode.Corrupt, "The owner's process answered with what is no result.");
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            return OwnerCallResult.Failed(ErrorCode.ServerTerminated, LostSentence);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            // It may be hung: the session is over all the same.
            Task ended = owner.EndAsync();
            ended.Observe();
            await ended.WaitAsync(answerTimeout, clock, lost);
        }
        catch (TimeoutException)
        {
            end("it did not answer the end of its session");
        }
        catch (Exception e) when (e is RemoteRpcException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The connection is lost, which ends the session too.
        }
        finally
        {
            await _over.CancelAsync();
        }
    }

    private async Task<WireResult?> AskAsync(WireCall call)
    {
        byte[] answer = await quick.CallAsync(nameof(IOwnerClient.InvokeAsync), QuickMessage.OnlyArgument(call));
        return WireCodec.Decoded<WireResult>(answer);
    }

    /// <summary>The owner works in memory that is shared: there is nothing to carry, and one copy to make when it has answered.</summary>
    private async Task<OwnerCallResult> AnswerAsync(OwnerCall call, Task<WireResult?> answer)
    {
        answer.Observe();
        OwnerCallResult result = (await answer.WaitAsync(_over.Token)
            ?? throw new ConnException(ErrorCode.Corrupt, "The owner answered without a result.")).Read().Checked(call);
        if (result.Failure is null && !call.Buffer.IsEmpty)
        {
            shared!.Take(call.Buffer.Span[..result.Section.Bytes]);
        }

        return result;
    }

    private async Task<OwnerCallResult> ExchangeAsync(long id, OwnerCall call, Task<WireResult?> answer)
    {
        // The bytes go while the call runs: each side may wait for them before it answers.
        Task given = call.Section.IsEmpty ? Task.CompletedTask : GiveAsync(id, call.Section);
        Task<int> taken = call.Buffer.IsEmpty ? Task.FromResult(0) : TakeAsync(id, call.Buffer);
        Task<WireResult?> answered = answer.WaitAsync(_over.Token);
        try
        {
            // The first that fails ends the call, whether or not the owner answers.
            for (List<Task> running = [answered, given, taken]; running.Count != 0;)
            {
                Task done = await Task.WhenAny(running);
                await done;
                running.Remove(done);
            }

            WireResult result = await answered ?? throw new ConnException(ErrorCode.Corrupt, "The owner answered without a result.");
            int bytes = await taken;
            return result.Code == 0 && !call.Buffer.IsEmpty && result.Bytes != bytes
                ? OwnerCallResult.Failed(ErrorCode.BadDescriptor, $"The owner claims {result.Bytes} bytes and sent {bytes}.")
                : result.Read().Checked(call);
        }
        finally
        {
            // What fails after the call has failed is no news.
            answer.Observe();
            answered.Observe();
            given.Observe();
            taken.Observe();
        }
    }

    private async Task GiveAsync(long id, ReadOnlyMemory<byte> section)
    {
        try
        {
            await sections.WriteAsync(id, section, _over.Token);
        }
        catch (IOException e) when (!_over.IsCancellationRequested)
        {
            throw SectionsEnded(e);
        }
    }

    private async Task<int> TakeAsync(long id, Memory<byte> buffer)
    {
        try
        {
            return await sections.ReadAsync(id, buffer, _over.Token);
        }
        catch (IOException e) when (!_over.IsCancellationRequested)
        {
            throw SectionsEnded(e);
        }
    }

    private static ConnException SectionsEnded(IOException cause) => new(ErrorCode.ServerTerminated, "The connection for sections has ended.", cause);

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
