using System.Reactive.Concurrency;
using Conn.ActiveBackup.Calls;
using Conn.Testing.Owners;
using Xunit;

namespace Conn.ActiveBackup.Tests;

/// <summary>An owner gets one call at a time, and Terminate waits for it.</summary>
public sealed class OwnerQueueTests
{
    private static readonly OwnerCall Size = OwnerCall.On(OwnerCallKind.GetExpectedDataSize, DriveNumber.C);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_that_comes_while_another_runs_is_refused_and_does_not_reach_the_owner()
    {
        AnsweringChannel owner = new() { Hangs = true };
        await using OwnerQueue queue = Immediate(owner);

        ValueTask<OwnerCallResult> first = queue.InvokeAsync(Size, Token);
        OwnerCallResult second = await queue.InvokeAsync(OwnerCall.TakeRemarks(), Token);

        Assert.Equal((ErrorCode.NotReady, null, 1, false), (second.Failure!.Code, second.Failure.Refusal, owner.Calls, first.IsCompleted));
        owner.Hangs = false;
        owner.EndLate(failed: false);
        Assert.Null((await first).Failure);
        Assert.Null((await queue.InvokeAsync(OwnerCall.TakeRemarks(), Token)).Failure);
        Assert.Equal(2, owner.Calls);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Terminate_waits_for_the_call_that_runs_however_it_ends_and_is_made_once(bool failed)
    {
        AnsweringChannel owner = new() { Hangs = true };
        await using OwnerQueue queue = Immediate(owner);
        ValueTask<OwnerCallResult> running = queue.InvokeAsync(Size, Token);

        ValueTask<OwnerCallResult> terminate = queue.InvokeAsync(OwnerCall.Terminate(), Token);
        ValueTask<OwnerCallResult> again = queue.InvokeAsync(OwnerCall.Terminate(), Token);

        Assert.Equal((1, false, false), (owner.Calls, terminate.IsCompleted, again.IsCompleted));
        Assert.Equal(ErrorCode.NotReady, (await queue.InvokeAsync(Size, Token)).Failure!.Code);
        owner.EndLate(failed);
        Assert.Equal(failed, (await running).Failure is not null);
        Assert.Equal((2, false, false), (owner.Calls, terminate.IsCompleted, again.IsCompleted));
        Assert.Equal(ErrorCode.NotReady, (await queue.InvokeAsync(Size, Token)).Failure!.Code);
        owner.EndLate(failed: true);
        Assert.Equal((ErrorCode.General, ErrorCode.General), ((await terminate).Failure!.Code, (await again).Failure!.Code));
        Assert.Equal(2, owner.Calls);
    }

    [Fact]
    public async Task Terminate_that_comes_while_another_Terminate_runs_is_made_after_it()
    {
        AnsweringChannel owner = new() { Hangs = true };
        await using OwnerQueue queue = Immediate(owner);
        ValueTask<OwnerCallResult> first = queue.InvokeAsync(OwnerCall.Terminate(), Token);
        ValueTask<OwnerCallResult> second = queue.InvokeAsync(OwnerCall.Terminate(), Token);
        owner.Hangs = false;

        owner.EndLate(failed: false);

        Assert.Null((await first).Failure);
        Assert.Null((await second).Failure);
        Assert.Equal(2, owner.Calls);
    }

    [Fact]
    public async Task With_the_immediate_scheduler_an_owner_that_terminates_itself_inside_a_call_is_terminated_after_it()
    {
        List<OwnerCallKind> calls = [];
        OwnerQueue? queue = null;
        ValueTask<OwnerCallResult> terminate = default;
        FuncChannel owner = new((c, _) =>
        {
            calls.Add(c.Kind);
            if (c.Kind == OwnerCallKind.GetExpectedDataSize)
            {
                terminate = queue!.InvokeAsync(OwnerCall.Terminate(), CancellationToken.None);
                Assert.Single(calls);
            }

            return default;
        });
        await using (queue = Immediate(owner))
        {
            Assert.Null((await queue.InvokeAsync(Size, Token)).Failure);
            Assert.Null((await terminate).Failure);
        }

        Assert.Equal([OwnerCallKind.GetExpectedDataSize, OwnerCallKind.TerminateMultiStageOperation], calls);
    }

    [Fact]
    public async Task Whatever_the_channel_behind_it_throws_becomes_the_failure_of_the_call()
    {
        ConnException thrown = new(ErrorCode.DiskFull, "full");
        Func<ValueTask<OwnerCallResult>>[] ways =
        [
            () => throw thrown, () => ValueTask.FromException<OwnerCallResult>(thrown), async () =>
            {
                await Task.Yield();
                throw thrown;
            },
        ];
        foreach (Func<ValueTask<OwnerCallResult>> way in ways)
        {
            await using OwnerQueue queue = Immediate(new FuncChannel((_, _) => way()));
            OwnerCallFailure failure = (await queue.InvokeAsync(Size, Token)).Failure!;
            Assert.Same(thrown, failure.Cause);
            Assert.Equal(ErrorCode.DiskFull, failure.Code);
        }
    }

    [Fact]
    public async Task A_result_that_no_owner_may_give_becomes_a_failure()
    {
        await using OwnerQueue queue = Immediate(new AnsweringChannel { Bytes = 9 });

        OwnerCallResult result = await queue.InvokeAsync(OwnerCall.Take(OwnerCallKind.GetBackupDataSection, OrderLab.C, new byte[8]), Token);

        Assert.Equal(ErrorCode.BadDescriptor, result.Failure!.Code);
    }

    [Fact]
    public async Task It_is_idle_when_no_call_runs_or_waits()
    {
        AnsweringChannel owner = new() { Hangs = true };
        await using OwnerQueue queue = Immediate(owner);
        Assert.True(queue.WhenIdle.IsCompletedSuccessfully);
        ValueTask<OwnerCallResult> running = queue.InvokeAsync(Size, Token);
        Task idle = queue.WhenIdle;
        ValueTask<OwnerCallResult> terminate = queue.InvokeAsync(OwnerCall.Terminate(), Token);

        Assert.False(idle.IsCompleted);
        owner.EndLate(failed: true);
        await running;
        Assert.False(idle.IsCompleted);
        Assert.False(queue.WhenIdle.IsCompleted);
        owner.EndLate(failed: false);
        await terminate;
        await idle;
        Assert.True(queue.WhenIdle.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task It_is_not_idle_when_the_caller_makes_its_next_call_as_soon_as_one_has_ended()
    {
        AnsweringChannel owner = new() { Hangs = true };
        await using OwnerQueue queue = Immediate(owner);
        Task both = BothAsync();
        Task idle = queue.WhenIdle;

        owner.EndLate(failed: false);

        Assert.Equal((2, false), (owner.Calls, idle.IsCompleted));
        owner.EndLate(failed: false);
        await both;
        await idle;

        async Task BothAsync()
        {
            await queue.InvokeAsync(Size, Token);
            await queue.InvokeAsync(Size, Token);
        }
    }

    [Fact]
    public async Task However_many_threads_call_the_owner_gets_one_call_at_a_time()
    {
        int inside = 0;
        int reached = 0;
        int overlaps = 0;
        await using OwnerQueue queue = new(new FuncChannel(async (_, _) =>
        {
            overlaps += Interlocked.Increment(ref inside) - 1;
            reached++;
            await Task.Yield();
            Interlocked.Decrement(ref inside);
            return default;
        }), TaskPoolScheduler.Default, Unexpected);

        OwnerCallResult[][] all = await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            List<OwnerCallResult> results = [];
            for (int i = 0; i < 500; i++)
            {
                results.Add(await queue.InvokeAsync(worker == 0 && i % 10 == 0 ? OwnerCall.Terminate() : Size, CancellationToken.None));
            }

            return results.ToArray();
        }, Token)));
        await queue.WhenIdle.WaitAsync(Token);

        OwnerCallResult[] results = [.. all.SelectMany(r => r)];
        Assert.Equal(0, overlaps);
        Assert.Equal(results.Count(r => r.Failure is null), reached);
        Assert.All(results.Where(r => r.Failure is not null), r => Assert.Equal(ErrorCode.NotReady, r.Failure!.Code));
    }

    [Fact]
    public async Task Disposing_it_disposes_the_channel_behind_it()
    {
        FuncChannel owner = new((_, _) => default);
        await Immediate(owner).DisposeAsync();
        Assert.True(owner.IsDisposed);
    }

    private static OwnerQueue Immediate(IOwnerChannel owner) => new(owner, ImmediateScheduler.Instance, Unexpected);

    private static void Unexpected(Exception e) => Assert.Fail($"escaped: {e}");
}
