using System.Reactive.Concurrency;
using System.Reactive.Disposables;
using Conn.ActiveBackup.Calls;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Microsoft.Reactive.Testing;
using Xunit;

namespace Conn.ActiveBackup.Tests;

/// <summary>On which thread and in which context the owner's code runs, and what it leaves behind.</summary>
public sealed class OwnerQueueSchedulerTests
{
    private static readonly OwnerCall Size = OwnerCall.On(OwnerCallKind.GetExpectedDataSize, DriveNumber.C);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_is_made_when_the_scheduler_runs_and_not_before()
    {
        TestScheduler scheduler = new();
        AnsweringChannel owner = new();
        await using OwnerQueue queue = new(owner, scheduler, Unexpected);

        ValueTask<OwnerCallResult> call = queue.InvokeAsync(Size, Token);

        Assert.Equal((0, false), (owner.Calls, call.IsCompleted));
        scheduler.Start();
        Assert.Null((await call).Failure);
        Assert.Equal(1, owner.Calls);
    }

    [Fact]
    public async Task A_call_that_the_scheduler_does_not_take_fails_and_the_next_one_is_made()
    {
        AnsweringChannel owner = new();
        FaultyScheduler scheduler = new();
        await using OwnerQueue queue = new(owner, scheduler, Unexpected);

        OwnerCallFailure failure = (await queue.InvokeAsync(Size, Token)).Failure!;

        Assert.Equal((ErrorCode.General, 0, true), (failure.Code, owner.Calls, queue.WhenIdle.IsCompletedSuccessfully));
        Assert.Contains("the scheduler is gone", failure.Message, StringComparison.Ordinal);
        scheduler.IsGone = false;
        Assert.Null((await queue.InvokeAsync(Size, Token)).Failure);
    }

    [Fact]
    public async Task A_scheduler_that_runs_a_call_and_then_throws_changes_nothing_and_its_exception_goes_to_the_handler()
    {
        AnsweringChannel owner = new();
        List<Exception> escaped = [];
        await using OwnerQueue queue = new(owner, new FaultyScheduler { IsGone = false, ThrowsAfterwards = true }, escaped.Add);

        OwnerCallResult result = await queue.InvokeAsync(Size, Token);

        Assert.Equal((null, 1, true), (result.Failure, owner.Calls, queue.WhenIdle.IsCompletedSuccessfully));
        Assert.IsType<ObjectDisposedException>(Assert.Single(escaped));
    }

    [Fact]
    public async Task A_scheduler_that_throws_and_runs_the_call_later_makes_it_no_more()
    {
        AnsweringChannel owner = new();
        FaultyScheduler scheduler = new() { KeepsWork = true };
        await using OwnerQueue queue = new(owner, scheduler, Unexpected);
        Assert.Equal(ErrorCode.General, (await queue.InvokeAsync(Size, Token)).Failure!.Code);

        scheduler.RunKept();

        Assert.Equal((0, true), (owner.Calls, queue.WhenIdle.IsCompletedSuccessfully));
    }

    [Fact]
    public async Task Terminate_that_the_scheduler_does_not_take_fails_too()
    {
        AnsweringChannel owner = new() { Hangs = true };
        FaultyScheduler scheduler = new() { IsGone = false };
        await using OwnerQueue queue = new(owner, scheduler, Unexpected);
        ValueTask<OwnerCallResult> running = queue.InvokeAsync(Size, Token);
        ValueTask<OwnerCallResult> terminate = queue.InvokeAsync(OwnerCall.Terminate(), Token);
        scheduler.IsGone = true;

        owner.EndLate(failed: false);

        Assert.Null((await running).Failure);
        Assert.Equal((ErrorCode.General, 1, true), ((await terminate).Failure!.Code, owner.Calls, queue.WhenIdle.IsCompletedSuccessfully));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_exception_that_escapes_an_async_void_method_of_an_owner_goes_to_the_handler(bool late)
    {
        InvalidOperationException thrown = new("escaped");
        TaskCompletionSource<Exception> escaped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource go = new();
        FuncChannel owner = new((_, _) =>
        {
            ThrowAfter(late ? go.Task : Task.CompletedTask, thrown);
            return default;
        });
        await using OwnerQueue queue = new(owner, TaskPoolScheduler.Default, e => escaped.TrySetResult(e));

        Assert.Null((await queue.InvokeAsync(Size, Token)).Failure);

        Assert.True(!late || !escaped.Task.IsCompleted);
        go.SetResult();
        Assert.Same(thrown, await escaped.Task.WaitAsync(Token));
        Assert.Null((await queue.InvokeAsync(OwnerCall.Terminate(), Token)).Failure);
    }

    [Fact]
    public void In_virtual_time_what_escapes_is_reported_on_the_owners_thread() => VirtualTime.Run(async time =>
    {
        List<Exception> escaped = [];
        FuncChannel owner = new((_, _) =>
        {
            ThrowAfter(time.DelayAsync(TimeSpan.FromSeconds(3), CancellationToken.None), new InvalidOperationException("escaped"));
            return default;
        });
        await using OwnerQueue queue = new(owner, time.Scheduler, e =>
        {
            time.AssertOnPump("the report");
            escaped.Add(e);
        });

        await queue.InvokeAsync(Size, CancellationToken.None);

        Assert.Empty(escaped);
        await time.DelayAsync(TimeSpan.FromSeconds(4));
        Assert.Equal("escaped", Assert.Single(escaped).Message);
    });

    [Fact]
    public async Task A_call_leaves_the_context_of_its_caller_as_it_found_it()
    {
        SynchronizationContext? inside = null;
        await using OwnerQueue queue = Immediate(new FuncChannel((_, _) =>
        {
            inside = SynchronizationContext.Current;
            return default;
        }));
        SynchronizationContext? before = SynchronizationContext.Current;
        ValueTask<OwnerCallResult> call = queue.InvokeAsync(Size, Token);

        Assert.Same(before, SynchronizationContext.Current);
        Assert.Same(before, Assert.IsType<GuardedContext>(inside).Outer);
        await call;
    }

    [Fact]
    public async Task On_a_pool_thread_the_default_scheduler_makes_the_call_at_once_and_on_any_other_thread_it_uses_the_pool()
    {
        List<(int Thread, bool IsPool)> made = [];
        await using OwnerQueue queue = new(new FuncChannel((_, _) =>
        {
            made.Add((Environment.CurrentManagedThreadId, Thread.CurrentThread.IsThreadPoolThread));
            return default;
        }), TaskPoolScheduler.Default, Unexpected);

        int pool = await Task.Run(async () =>
        {
            int thread = Environment.CurrentManagedThreadId;
            await queue.InvokeAsync(Size, CancellationToken.None);
            return thread;
        }, Token);
        TaskCompletionSource<(int Thread, Task<OwnerCallResult> Call)> own = new(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => own.SetResult((Environment.CurrentManagedThreadId, queue.InvokeAsync(Size, CancellationToken.None).AsTask()))).Start();
        (int other, Task<OwnerCallResult> call) = await own.Task.WaitAsync(Token);
        await call.WaitAsync(Token);

        Assert.Equal((pool, true), made[0]);
        Assert.True(made[1].IsPool);
        Assert.NotEqual(other, made[1].Thread);
    }

    private static OwnerQueue Immediate(IOwnerChannel owner) => new(owner, ImmediateScheduler.Instance, Unexpected);

    private static void Unexpected(Exception e) => Assert.Fail($"escaped: {e}");

    private static async void ThrowAfter(Task task, Exception thrown)
    {
        await task;
        throw thrown;
    }

    /// <summary>Runs work at once, or throws when it is gone, or both.</summary>
    private sealed class FaultyScheduler : IScheduler
    {
        private Action? _kept;

        public bool IsGone { get; set; } = true;

        public bool ThrowsAfterwards { get; init; }

        public bool KeepsWork { get; init; }

        public DateTimeOffset Now => ImmediateScheduler.Instance.Now;

        public void RunKept() => _kept?.Invoke();

        public IDisposable Schedule<TState>(TState state, Func<IScheduler, TState, IDisposable> action)
        {
            _kept = KeepsWork ? () => action(this, state) : null;
            IDisposable done = IsGone ? Disposable.Empty : action(this, state);
            return IsGone || ThrowsAfterwards ? throw new ObjectDisposedException("scheduler", "the scheduler is gone") : done;
        }

        public IDisposable Schedule<TState>(TState state, TimeSpan dueTime, Func<IScheduler, TState, IDisposable> action) => Disposable.Empty;

        public IDisposable Schedule<TState>(TState state, DateTimeOffset dueTime, Func<IScheduler, TState, IDisposable> action) => Disposable.Empty;
    }
}
