using Conn.ActiveBackup.Calls;
using Conn.Repository;
using Conn.Repository.Storage;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>An abort at any moment leaves all of an operation or nothing of it.</summary>
public sealed class AbortTests
{
    public static TheoryData<OperationPhase> Phases => [.. Enum.GetValues<OperationPhase>().Where(p => p != OperationPhase.OwnerFailed)];

    public static TheoryData<OwnerCallKind> RestoreCalls =>
    [
        OwnerCallKind.Recover, OwnerCallKind.ReceiveSnapshotData, OwnerCallKind.InitialiseRestoreBaseData, OwnerCallKind.RestoreBaseDataSection,
        OwnerCallKind.InitialiseRestoreIncrementData, OwnerCallKind.RestoreIncrementDataSection, OwnerCallKind.PrepareRestore, OwnerCallKind.RestoreComplete,
    ];

    [Theory]
    [MemberData(nameof(Phases))]
    public void A_backup_that_is_aborted_in_a_phase_is_stored_completely_or_not_at_all(OperationPhase phase) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        using ScriptedDataOwner two = await host.AddOwnerAsync("two");
        await host.BackupAsync();
        one.Set("second");
        using CancellationTokenSource abort = new();
        using IDisposable watch = AbortAt(host, phase, abort);

        BackupReport? report = await OrAborted(host.BackupAsync(abort: abort.Token));
        watch.Dispose();

        host.AssertNormal();
        Assert.False(one.Holds || two.Holds);
        int sets = (await host.Repository.ListSetsAsync(HostFixture.Never)).Count;
        Assert.Equal(report is null ? 1 : 2, sets);
        Assert.True(report is null || report.Outcome == OperationOutcome.Succeeded);
        Assert.DoesNotContain(host.Storage.Files(), f => f.Path.StartsWith("tmp/", StringComparison.Ordinal));
        await host.Repository.AssertVerifiedAsync();
        Assert.Equal(OperationOutcome.Succeeded, (await host.BackupAsync()).Outcome);
        Assert.Equal(0, host.Engine.Faults);
    });

    [Theory]
    [MemberData(nameof(Phases))]
    public void A_restore_that_is_aborted_in_a_phase_is_in_place_completely_or_not_at_all(OperationPhase phase) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        using ScriptedDataOwner two = await host.AddOwnerAsync("two");
        await BackUpTwiceAsync(host, one, two);
        using CancellationTokenSource abort = new();
        using IDisposable watch = AbortAt(host, phase, abort);

        RestoreReport? report = await OrAborted(host.RestoreAsync(abort.Token));
        watch.Dispose();

        await AssertAllOrNothingAsync(host, report, one, two);
    });

    [Theory]
    [MemberData(nameof(RestoreCalls))]
    public void A_restore_that_is_aborted_in_a_call_is_in_place_completely_or_not_at_all(OwnerCallKind call) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        using ScriptedDataOwner two = await host.AddOwnerAsync("two");
        await BackUpTwiceAsync(host, one, two);
        using CancellationTokenSource abort = new();
        two.On(call, (_, _) =>
        {
            abort.Cancel();
            return default;
        });

        RestoreReport? report = await OrAborted(host.RestoreAsync(abort.Token));
        two.On(call, (_, _) => default);

        Assert.Equal(call == OwnerCallKind.RestoreComplete, report is not null);
        await AssertAllOrNothingAsync(host, report, one, two);
    });

    [Theory]
    [InlineData("rename")]
    [InlineData("flush")]
    public void A_restore_that_is_aborted_while_the_commit_record_is_written_is_in_place_completely_or_not_at_all(string step) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        using ScriptedDataOwner two = await host.AddOwnerAsync("two");
        await BackUpTwiceAsync(host, one, two);
        using CancellationTokenSource abort = new();
        AbortingStorage storage = new(host.Storage, step, abort);
        await using BackupRepository repository = await storage.OpenAsync(time);

        RestoreReport? report = await OrAborted(host.RestoreAsync(r => r with { Repository = repository }, abort.Token));

        Assert.True(abort.IsCancellationRequested);
        await AssertAllOrNothingAsync(host, report, one, two);
    });

    [Fact]
    public void A_request_whose_token_is_cancelled_already_changes_nothing() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await host.AddOwnerAsync("one");
        await host.BackupAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.BackupAsync(abort: new CancellationToken(true)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.RestoreAsync(new CancellationToken(true)));

        Assert.Equal(3, host.Modes.Count);
        Assert.Equal(OperationOutcome.Succeeded, (await host.BackupAsync()).Outcome);
    });

    private static async Task AssertAllOrNothingAsync(VirtualHost host, RestoreReport? report, ScriptedDataOwner one, ScriptedDataOwner two)
    {
        host.AssertNormal();
        Assert.Equal(report is null ? ("now", "now") : ("second", "second"), (one.Text(), two.Text()));
        Assert.True(report is null or { Committed: true, Outcome: OperationOutcome.Succeeded });
        Assert.False(one.Holds || two.Holds);
        Assert.Empty(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
        BackupReport next = await host.BackupAsync();
        Assert.Equal(OperationOutcome.Succeeded, next.Outcome);
        Assert.DoesNotContain(next.Notes, n => n.Contains("rolled forward", StringComparison.Ordinal));
        // Nothing that was prepared is left to be removed.
        Assert.All(next.Owners, o => Assert.Empty(o.Notes));
        Assert.Equal(0, host.Engine.Faults);
    }

    private static async Task BackUpTwiceAsync(VirtualHost host, params ScriptedDataOwner[] owners)
    {
        foreach (string text in new[] { "first", "second", "now" })
        {
            foreach (ScriptedDataOwner owner in owners)
            {
                owner.Set(text);
            }

            await (text == "now" ? Task.CompletedTask : host.BackupAsync());
        }
    }

    private static IDisposable AbortAt(VirtualHost host, OperationPhase phase, CancellationTokenSource abort) => host.Engine.Progress.Subscribe(p =>
    {
        if (p.Phase == phase)
        {
            abort.Cancel();
        }
    });

    private static async Task<T?> OrAborted<T>(Task<T> running)
        where T : class
    {
        try
        {
            return await running;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>A storage that is asked to do the last steps of a commit when the abort comes.</summary>
    private sealed class AbortingStorage(IRepositoryStorage inner, string step, CancellationTokenSource abort) : ForwardingStorage(inner)
    {
        public override ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken)
        {
            if (step == "rename" && to.StartsWith("restores/", StringComparison.Ordinal))
            {
                abort.Cancel();
            }

            return base.RenameAsync(from, to, cancellationToken);
        }

        public override ValueTask FlushFolderAsync(string path, CancellationToken cancellationToken)
        {
            if (step == "flush" && path == "restores")
            {
                abort.Cancel();
            }

            return base.FlushFolderAsync(path, cancellationToken);
        }
    }
}
