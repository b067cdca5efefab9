using Conn.Engine.Traces;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Observers, traces and error handlers that throw, at once or late: the failure is reported and the engine's loop goes on.</summary>
public sealed class ObserverFailureTests
{
    private const string EngineThread = "Conn engine";

    [Fact]
    public async Task An_async_progress_observer_that_throws_after_its_await_is_reported_and_the_operation_ends()
    {
        await using RealHost host = await RealHost.StartAsync();
        using ScriptedDataOwner owner = RealOwners.Create();
        await host.AddAsync("one", owner);
        EventLog<string?> before = new();
        EventLog<string?> after = new();
        using IDisposable watch = host.Engine.Progress.Subscribe(async _ =>
        {
            before.Add(Thread.CurrentThread.Name);
            await Task.Yield();
            after.Add(Thread.CurrentThread.Name);
            throw new InvalidOperationException("cannot draw");
        });

        BackupReport report = await host.BackupAsync().Within("the backup ends");
        await host.EngineErrors.WaitForAsync(before.Events.Count, "each failure of the observer is reported");

        Assert.Equal((OperationOutcome.Succeeded, BurMode.Normal), (report.Outcome, host.Mode));
        Assert.NotEmpty(before.Events);
        Assert.All(after.Events, name => Assert.NotEqual(EngineThread, name));
        Assert.Equal(before.Events.Count, host.Engine.Faults);
        Assert.All(host.EngineErrors.Events, e => Assert.Equal("cannot draw", e.Message));
        await host.AssertAnswersAsync();
        Assert.Equal(OperationOutcome.Succeeded, (await host.BackupAsync().Within("the next backup ends")).Outcome);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_trace_that_throws_is_reported_and_the_operation_ends(bool later)
    {
        EventLog<string?> before = new();
        EventLog<string?> thrown = new();
        await using RealHost host = await RealHost.StartAsync(o => o with { Trace = later ? ThrowLater : Throw });
        using ScriptedDataOwner owner = RealOwners.Create();
        await host.AddAsync("one", owner);

        BackupReport report = await host.BackupAsync().Within("the backup ends");
        await host.EngineErrors.WaitForAsync(before.Events.Count, "each failure of the trace is reported");

        Assert.Equal((OperationOutcome.Succeeded, BurMode.Normal), (report.Outcome, host.Mode));
        Assert.NotEmpty(before.Events);
        Assert.All(thrown.Events, name => Assert.False(later && name == EngineThread));
        Assert.Equal(before.Events.Count, host.Engine.Faults);
        await host.AssertAnswersAsync();

        void Throw(TraceEntry entry)
        {
            before.Add(Thread.CurrentThread.Name);
            thrown.Add(Thread.CurrentThread.Name);
            throw new InvalidOperationException("cannot write");
        }

        async void ThrowLater(TraceEntry entry)
        {
            before.Add(Thread.CurrentThread.Name);
            await Task.Yield();
            thrown.Add(Thread.CurrentThread.Name);
            throw new InvalidOperationException("cannot write");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_inline_observer_of_the_mode_that_throws_does_not_end_the_operation(bool later)
    {
        await using RealHost host = await RealHost.StartAsync();
        using ScriptedDataOwner owner = RealOwners.Create();
        await host.AddAsync("one", owner);
        EventLog<string?> after = new();
        // The first value comes while it subscribes, on this thread; what it throws then is the test's own.
        using IDisposable watch = host.OpenBus(new SecureId(0x20000001)).ObserveBurMode(ObserveOptions.Inline).Subscribe(
            async mode =>
            {
                if (mode.IsIdle)
                {
                    return;
                }

                if (later)
                {
                    await Task.Yield();
                }

                after.Add(Thread.CurrentThread.Name);
                throw new InvalidOperationException("cannot follow");
            }, _ => { });

        BackupReport report = await host.BackupAsync().Within("the backup ends");
        await host.EngineErrors.WaitForAsync(e => e.Message == "cannot follow", "the failure of the observer is reported");

        Assert.Equal((OperationOutcome.Succeeded, BurMode.Normal), (report.Outcome, host.Mode));
        Assert.Equal(later, after.Events[0] != EngineThread);
        Assert.Equal(1, host.Engine.Faults);
        await host.AssertAnswersAsync();
    }

    [Fact]
    public async Task An_error_handler_that_throws_is_counted_and_the_operation_ends()
    {
        int handled = 0;
        await using RealHost host = await RealHost.StartAsync(o => o with
        {
            OnError = _ =>
            {
                Interlocked.Increment(ref handled);
                throw new FormatException("cannot report");
            },
        });
        using ScriptedDataOwner owner = RealOwners.Create();
        await host.AddAsync("one", owner);
        using IDisposable watch = host.Engine.Progress.Subscribe(_ => throw new InvalidOperationException("cannot draw"));

        BackupReport report = await host.BackupAsync().Within("the backup ends");

        Assert.Equal((OperationOutcome.Succeeded, BurMode.Normal), (report.Outcome, host.Mode));
        // The observer failed once and was removed; the handler failed once.
        Assert.Equal((1, 2), (handled, host.Engine.Faults));
        await host.AssertAnswersAsync();
    }

    [Fact]
    public void An_error_handler_that_throws_after_an_await_is_counted() => VirtualTime.Run(async time =>
    {
        int called = 0;
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with
        {
            OnError = async _ =>
            {
                called++;
                await time.DelayAsync(TimeSpan.FromSeconds(1));
                throw new IOException("The log cannot be written.");
            },
        });
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        using IDisposable watch = host.Engine.Progress.Subscribe(_ => throw new InvalidOperationException("odd"));
        await host.BackupAsync();
        await time.DelayAsync(TimeSpan.FromMinutes(1));

        Assert.Equal((1, 2), (called, host.Engine.Faults));
    });
}
