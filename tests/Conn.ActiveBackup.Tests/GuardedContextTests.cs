using Conn.ActiveBackup.Calls;
using Xunit;

namespace Conn.ActiveBackup.Tests;

/// <summary>What code of an owner leaves behind runs guarded, wherever it runs.</summary>
public sealed class GuardedContextTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void It_is_the_current_context_until_its_scope_ends()
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        GuardedContext guard = new(before, Unexpected);

        using (guard.Enter())
        {
            Assert.Same(guard, SynchronizationContext.Current);
        }

        Assert.Same(before, SynchronizationContext.Current);
    }

    [Fact]
    public async Task Without_an_outer_context_work_runs_on_the_pool_with_the_guard_as_its_context()
    {
        TaskCompletionSource<(bool IsPool, SynchronizationContext? Context)> ran = new(TaskCreationOptions.RunContinuationsAsynchronously);
        GuardedContext guard = new(null, Unexpected);

        guard.Post(_ => ran.SetResult((Thread.CurrentThread.IsThreadPoolThread, SynchronizationContext.Current)), null);

        Assert.Equal((true, guard), await ran.Task.WaitAsync(Token));
    }

    [Fact]
    public void With_an_outer_context_work_runs_there_and_leaves_the_context_as_it_was()
    {
        QueueContext outer = new();
        GuardedContext guard = new(outer, Unexpected);
        SynchronizationContext? inside = null;
        object? state = null;

        guard.Post(s => (inside, state) = (SynchronizationContext.Current, s), "state");

        Assert.Null(inside);
        SynchronizationContext? before = SynchronizationContext.Current;
        outer.RunAll();
        Assert.Equal((guard, "state"), (inside, state));
        Assert.Same(before, SynchronizationContext.Current);
    }

    [Fact]
    public async Task What_work_throws_goes_to_the_handler()
    {
        InvalidOperationException thrown = new("escaped");
        TaskCompletionSource<Exception> onPool = new(TaskCreationOptions.RunContinuationsAsynchronously);
        new GuardedContext(null, onPool.SetResult).Post(_ => throw thrown, null);
        Assert.Same(thrown, await onPool.Task.WaitAsync(Token));

        List<Exception> outside = [];
        QueueContext outer = new();
        new GuardedContext(outer, outside.Add).Post(_ => throw thrown, null);
        outer.RunAll();
        Assert.Same(thrown, Assert.Single(outside));
    }

    [Fact]
    public void An_async_void_method_stays_guarded_over_all_its_awaits()
    {
        List<Exception> escaped = [];
        QueueContext outer = new();
        TaskCompletionSource first = new();
        TaskCompletionSource second = new();
        using (new GuardedContext(outer, escaped.Add).Enter())
        {
            ThrowAfterBoth(first.Task, second.Task);
        }

        first.SetResult();
        outer.RunAll();
        Assert.Empty(escaped);
        second.SetResult();
        outer.RunAll();

        Assert.Equal("escaped", Assert.Single(escaped).Message);
    }

    [Fact]
    public void A_copy_of_it_is_itself()
    {
        GuardedContext guard = new(null, Unexpected);
        Assert.Same(guard, guard.CreateCopy());
    }

    private static async void ThrowAfterBoth(Task first, Task second)
    {
        await first;
        await second;
        throw new InvalidOperationException("escaped");
    }

    private static void Unexpected(Exception e) => Assert.Fail($"escaped: {e}");

    /// <summary>Keeps work until RunAll.</summary>
    private sealed class QueueContext : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback Call, object? State)> _work = [];

        public override void Post(SendOrPostCallback d, object? state) => _work.Enqueue((d, state));

        public void RunAll()
        {
            while (_work.TryDequeue(out (SendOrPostCallback Call, object? State) next))
            {
                next.Call(next.State);
            }
        }
    }
}
