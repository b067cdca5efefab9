using System.Reactive.Concurrency;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub;
using Conn.Testing.Owners;
using Xunit;

namespace Conn.ActiveBackup.Tests;

/// <summary>The owner's end of a connection: after the end of its session, nothing of it reaches the owner, who may serve the next one.</summary>
public sealed class OwnerEndpointTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(OwnerCallKind.TerminateMultiStageOperation)]
    [InlineData(OwnerCallKind.TakeRemarks)]
    [InlineData(OwnerCallKind.KeepAlive)]
    public async Task A_call_that_comes_after_the_session_has_ended_does_not_reach_the_owner(OwnerCallKind kind)
    {
        AnsweringChannel owner = new();
        OwnerEndpoint endpoint = Connect(owner);
        await endpoint.InvokeAsync(OwnerCall.Begin(new BurModeInfo(DriveList.Of(DriveNumber.C), BurMode.Of(BurPartType.BackupFull, BackupIncType.Base))), Token);
        int calls = owner.Calls;

        Assert.True(endpoint.End(ErrorCode.Success));
        OwnerCallResult result = await endpoint.InvokeAsync(OrderLab.CallOf(kind, OrderLab.C, last: false), Token);

        Assert.Equal(calls, owner.Calls);
        Assert.Equal(kind == OwnerCallKind.TakeRemarks ? ErrorCode.ServerTerminated : ErrorCode.Success, result.Failure?.Code ?? ErrorCode.Success);
    }

    [Fact]
    public async Task A_termination_that_has_begun_runs_to_its_end_although_the_session_ends()
    {
        AnsweringChannel owner = new() { Hangs = true };
        OwnerEndpoint endpoint = Connect(owner);
        using CancellationTokenSource cancel = new();
        ValueTask<OwnerCallResult> terminating = endpoint.InvokeAsync(OwnerCall.Terminate(), cancel.Token);

        endpoint.End(ErrorCode.Cancel);
        await cancel.CancelAsync();

        Assert.False(terminating.IsCompleted);
        owner.EndLate(failed: false);
        Assert.Null((await terminating).Failure);
    }

    [Fact]
    public async Task A_session_ends_once_and_the_first_reason_stays()
    {
        OwnerEndpoint endpoint = Connect(new AnsweringChannel());

        Assert.True(endpoint.End(ErrorCode.Success));
        Assert.False(endpoint.End(ErrorCode.Cancel));
        await endpoint.DisposeAsync();

        Assert.Equal(ErrorCode.Success, await endpoint.Ended);
    }

    private static OwnerEndpoint Connect(AnsweringChannel owner)
    {
        ActiveBackupClientOptions options = new() { Scheduler = ImmediateScheduler.Instance };
        return new OwnerEndpoint("notes", new OwnerQueue(owner, ImmediateScheduler.Instance, _ => { }), options, new ErrorReporter(null));
    }
}
