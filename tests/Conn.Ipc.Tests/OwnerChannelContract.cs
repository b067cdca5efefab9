using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.PubSub;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>The channel to an owner behind a socket, whichever way its sections go.</summary>
public abstract class OwnerChannelContract
{
    protected abstract bool SharesMemory { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_session_answers_mode_and_part_and_takes_confirmation_and_progress()
    {
        await using OwnerLink link = await OpenAsync(new Answering());
        BurModeInfo info = await link.Session.BurModeInfoAsync(Token);
        Assert.Equal((DriveList.Of(DriveNumber.C), BurMode.Of(BurPartType.BackupFull, BackupIncType.Base)), (info.Drives, info.Mode));
        Assert.True(await link.Session.DoesPartialBurAffectMeAsync(Token));
        await link.Session.ConfirmReadyForBurAsync(ErrorCode.DiskFull, Token);
        Assert.Equal(ErrorCode.DiskFull, Assert.Single(link.Gateway.Confirmed));
        link.Session.ReportProgress();
        await link.Gateway.Progress.Task.WaitAsync(Token);
        await link.Session.DisposeAsync();
        await link.Gateway.Closed.Task.WaitAsync(Token);
        Assert.Equal(ErrorCode.ServerTerminated, (await Assert.ThrowsAsync<ConnException>(async () => await link.Session.BurModeInfoAsync(Token))).Code);
    }

    [Fact]
    public async Task KeepAlive_and_Terminate_come_while_another_call_runs()
    {
        Answering owner = new() { Wait = true };
        await using OwnerLink link = await OpenAsync(owner);
        ValueTask<OwnerCallResult> running = link.Channel.InvokeAsync(OwnerCall.On(OwnerCallKind.GetExpectedDataSize, DriveNumber.C), Token);
        await owner.Waiting.Task.WaitAsync(Token);
        Assert.Null((await link.Channel.InvokeAsync(OwnerCall.KeepAlive(), Token)).Failure);
        Assert.Null((await link.Channel.InvokeAsync(OwnerCall.Terminate(), Token)).Failure);
        Assert.False(running.IsCompleted);
        owner.Go.SetResult();
        Assert.Equal(42, (await running).Number);
    }

    [Fact]
    public async Task A_cancellation_crosses_and_the_call_ends_when_the_owner_has_returned()
    {
        Answering owner = new() { Wait = true };
        await using OwnerLink link = await OpenAsync(owner);
        using CancellationTokenSource cancel = new();
        ValueTask<OwnerCallResult> running = link.Channel.InvokeAsync(OwnerCall.On(OwnerCallKind.GetExpectedDataSize, DriveNumber.C), cancel.Token);
        await owner.Waiting.Task.WaitAsync(Token);
        await cancel.CancelAsync();
        await owner.Cancelled.Task.WaitAsync(Token);
        Assert.False(running.IsCompleted);
        owner.Go.SetResult();
        Assert.Equal(42, (await running).Number);
        Assert.Equal(ErrorCode.Cancel, (await link.Channel.InvokeAsync(OwnerCall.AllSnapshotsSupplied(), cancel.Token)).Failure!.Code);
    }

    [Fact]
    public async Task A_lost_owner_fails_the_calls_in_flight_as_a_value()
    {
        Answering owner = new() { Wait = true };
        await using OwnerLink link = await OpenAsync(owner);
        byte[] buffer = new byte[1000];
        ValueTask<OwnerCallResult> running = link.Channel.InvokeAsync(OwnerCall.Take(OwnerCallKind.GetBackupDataSection, default, buffer), Token);
        await owner.Waiting.Task.WaitAsync(Token);
        await link.Session.DisposeAsync();
        Assert.Equal(ErrorCode.ServerTerminated, (await running).Failure!.Code);
        Assert.Equal(ErrorCode.ServerTerminated, (await link.Channel.InvokeAsync(OwnerCall.KeepAlive(), Token)).Failure!.Code);
        owner.Go.SetResult();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1 << 20)]
    [InlineData((1 << 20) + 1)]
    public async Task Sections_of_any_size_go_both_ways(int bytes)
    {
        Answering owner = new();
        await using OwnerLink link = await OpenAsync(owner);
        byte[] given = new byte[bytes];
        Random.Shared.NextBytes(given);
        for (int i = 0; i < 10; i++)
        {
            Assert.Null((await link.Channel.InvokeAsync(OwnerCall.Give(OwnerCallKind.RestoreBaseDataSection, default, given, true), Token)).Failure);
            byte[] taken = new byte[bytes];
            Assert.Equal(new SectionResult(bytes, true), (await link.Channel.InvokeAsync(OwnerCall.Take(OwnerCallKind.GetBackupDataSection, default, taken), Token)).Section);
            Assert.Equal(given, taken);
        }
    }

    [Fact]
    public async Task What_an_owner_throws_crosses_as_code_and_sentence()
    {
        await using OwnerLink link = await OwnerLink.OpenAsync(new StagedFileOwner("file", Path.GetTempFileName()), SharesMemory);
        OwnerCallFailure failure = (await link.Channel.InvokeAsync(
            OwnerCall.For(OwnerCallKind.InitialiseGetProxyBackupData, OwnerLink.Sid, DriveNumber.C), Token)).Failure!;
        Assert.NotEqual(ErrorCode.Success, failure.Code);
        Assert.DoesNotContain(" at ", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_channel_that_throws_fails_its_call_as_a_value_and_the_session_goes_on()
    {
        await using OwnerLink link = await OwnerLink.OpenAsync(new ThrowingOnce(), SharesMemory);
        OwnerCallFailure failure = (await link.Channel.InvokeAsync(OwnerCall.On(OwnerCallKind.GetExpectedDataSize, DriveNumber.C), Token)).Failure!;
        Assert.Equal((ErrorCode.ServerTerminated, "The owner's process could not answer the call."), (failure.Code, failure.Message));
        Assert.Null((await link.Channel.InvokeAsync(OwnerCall.On(OwnerCallKind.GetExpectedDataSize, DriveNumber.C), Token)).Failure);
    }

    [Fact]
    public async Task The_end_of_the_session_by_the_engine_reaches_the_owner()
    {
        Answering owner = new();
        await using OwnerLink link = await OpenAsync(owner);
        await link.Channel.DisposeAsync();
        await owner.Ended.Task.WaitAsync(Token);
    }

    private Task<OwnerLink> OpenAsync(IOwnerChannel owner) => OwnerLink.OpenAsync(owner, SharesMemory);

    /// <summary>Throws at its first call, which no owner can make a channel of ours do.</summary>
    private sealed class ThrowingOnce : IOwnerChannel
    {
        private int _calls;

        public async ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return Interlocked.Increment(ref _calls) == 1 ? throw new InvalidOperationException("It broke.") : default;
        }

        public ValueTask DisposeAsync() => default;
    }

    /// <summary>Keeps the last section and gives it back; waits on request.</summary>
    private sealed class Answering : IOwnerChannel
    {
        private byte[] _kept = [];

        public bool Wait { get; init; }

        public TaskCompletionSource Waiting { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken)
        {
            if (call.Kind is OwnerCallKind.KeepAlive or OwnerCallKind.TerminateMultiStageOperation)
            {
                return default;
            }

            await using CancellationTokenRegistration cancelled = cancellationToken.Register(() => Cancelled.TrySetResult());
            if (Wait)
            {
                Waiting.TrySetResult();
                await Go.Task;
            }

            if (!call.Section.IsEmpty)
            {
                _kept = call.Section.ToArray();
            }

            int bytes = Math.Min(_kept.Length, call.Buffer.Length);
            _kept.AsSpan(0, bytes).CopyTo(call.Buffer.Span);
            return new OwnerCallResult { Number = 42, Section = call.Buffer.IsEmpty ? default : new SectionResult(bytes, true) };
        }

        public ValueTask DisposeAsync()
        {
            Ended.TrySetResult();
            return default;
        }
    }
}
