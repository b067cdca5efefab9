using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Engine;
using Conn.Engine.Traces;
using Conn.PubSub.Security;
using Conn.Repository.Sets;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Conn.Testing.Traces;
using Xunit;

namespace Conn.Simulation;

/// <summary>The trace of an engine is written, read back and played again. A trace that no engine wrote is refused with the sentence it breaks.</summary>
public sealed class TraceReplayTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_backup_and_a_restore_with_owners_that_fail_are_written_read_back_and_played_again()
    {
        IReadOnlyList<TraceEntry> trace = Recorded();
        using MemoryStream file = new();
        await TraceFile.WriteAsync(file, trace, Token);
        file.Position = 0;

        IReadOnlyList<TraceEntry> read = await TraceFile.ReadAsync(file, Token);
        IReadOnlyList<TraceEntry> played = await TraceReplay.PlayAsync(read);

        Assert.Equal(trace.Select(TraceFile.ToLine), played.Select(TraceFile.ToLine));
        Assert.Contains(trace, e => e is { Call: OwnerCallKind.GetBackupDataSection, Owner: "full" } && e.Error == ErrorCode.DiskFull.Value);
        Assert.Contains(trace, e => e is { Call: OwnerCallKind.InitialiseGetBackupData, Owner: "hangs", GivenUp: true } && e.Error == ErrorCode.TimedOut.Value);
        Assert.Contains(trace, e => e is { Call: OwnerCallKind.RestoreIncrementDataSection, Last: true, Owner: "good" });
        Assert.Contains(trace, e => e.Phase == OperationPhase.Committed);
        Assert.Equal([0x102, 1, 0x202, 1, 0x210, 1], trace.Where(e => e.Kind == TraceKind.Mode).Select(e => e.Mode));
    }

    [Fact]
    public async Task A_call_that_was_given_up_and_ends_late_is_played_again_too()
    {
        List<TraceEntry> trace = [];
        VirtualTime.Run(async time =>
        {
            await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { Trace = trace.Add });
            using ScriptedDataOwner owner = await AddAsync(host, "late");
            owner.On(OwnerCallKind.InitialiseGetBackupData, (_, token) => new ValueTask(time.DelayAsync(TimeSpan.FromDays(1) / 2, token)));
            await host.Engine.BackupAsync(new BackupRequest { Repository = host.Repository }, CancellationToken.None);
        });

        IReadOnlyList<TraceEntry> played = await TraceReplay.PlayAsync(trace);

        Assert.Equal(trace.Select(TraceFile.ToLine), played.Select(TraceFile.ToLine));
        Assert.Contains(trace, e => e is { Call: OwnerCallKind.InitialiseGetBackupData, GivenUp: true });
    }

    [Fact]
    public void The_trace_of_an_operation_with_a_proxy_manager_passes()
    {
        List<TraceEntry> trace = [];
        VirtualTime.Run(async time =>
        {
            await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { Trace = trace.Add });
            using ScriptedDataOwner manager = new("manager", host.Trace);
            SecureId keeps = await host.AddAsync("manager", manager, r => r with { ActiveType = ActiveType.ProxyOnly });
            using ScriptedDataOwner owner = new("owner", host.Trace) { Data = { [DriveNumber.C] = [1] } };
            SecureId sid = await host.AddAsync("owner", owner, r => r with { ProxyManagers = [keeps] });
            manager.Kept[(sid, DriveNumber.C)] = [2, 3];
            BackupReport report = await host.Engine.BackupAsync(new BackupRequest { Repository = host.Repository }, CancellationToken.None);
            await host.Engine.RestoreAsync(new RestoreRequest { Repository = host.Repository, Set = report.Set! }, CancellationToken.None);
        });

        TraceReplay.Check(trace);

        Assert.Contains(trace, e => e is { Owner: "manager", Call: OwnerCallKind.InitialiseGetProxyBackupData });
        Assert.Contains(trace, e => Leads(e, OwnerCallKind.PrepareRestore, DriveState.ProxyRestorePrepared));
        Assert.Contains(trace, e => Leads(e, OwnerCallKind.RestoreComplete, DriveState.ProxyRestoreCompleted));

        static bool Leads(TraceEntry entry, OwnerCallKind call, DriveState to) =>
            entry.Owner == "manager" && entry.Call == call && entry.Moves.Any(m => m.After == to);
    }

    [Fact]
    public void The_same_scenario_gives_the_same_trace() => Assert.Equal(Recorded().Select(TraceFile.ToLine), Recorded().Select(TraceFile.ToLine));

    [Fact]
    public void A_trace_in_another_order_is_refused_with_the_sentence()
    {
        List<TraceEntry> trace = [.. Recorded()];
        int open = trace.FindIndex(e => e is { Owner: "good", Call: OwnerCallKind.InitialiseGetBackupData });
        int section = trace.FindIndex(e => e is { Owner: "good", Call: OwnerCallKind.GetBackupDataSection });
        (trace[open], trace[section]) = (trace[section], trace[open]);

        TraceReplayException refused = Assert.Throws<TraceReplayException>(() => TraceReplay.Check(trace));

        Assert.Contains(Invariants.Sentence(Invariant.LegalOrder), refused.Message, StringComparison.Ordinal);
        Assert.Contains($"Entry {open}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_call_that_is_removed_doubled_or_given_another_end_state_is_found()
    {
        List<TraceEntry> trace = [.. Recorded()];
        foreach (int at in Enumerable.Range(0, trace.Count).Where(i => trace[i] is { Kind: TraceKind.Call } e && e.Moves.Any(m => m.Before != m.After)))
        {
            // Without the last call of an owner in an operation the trace is still legal.
            bool last = !trace[(at + 1)..].TakeWhile(e => e.Kind != TraceKind.Mode).Any(e => e.Owner == trace[at].Owner && e.Kind == TraceKind.Call);
            Refused([.. trace[..at], .. trace[(at + 1)..]], at, mayPass: last);
            Refused([.. trace[..(at + 1)], trace[at] with { At = trace[at].At + trace[at].Took }, .. trace[(at + 1)..]], at, mayPass: false);
            TraceEntry elsewhere = trace[at] with { Moves = [.. trace[at].Moves.Select(m => m with { After = DriveState.ProxyDone })] };
            Refused([.. trace[..at], elsewhere, .. trace[(at + 1)..]], at, mayPass: false);
        }
    }

    [Fact]
    public void A_trace_that_ends_before_Normal_is_refused_with_the_sentence()
    {
        TraceEntry[] cut = [.. Recorded().TakeWhile(e => e.Phase != OperationPhase.DataStarted)];

        TraceReplayException refused = Assert.Throws<TraceReplayException>(() => TraceReplay.Check(cut));

        Assert.Contains(Invariants.Sentence(Invariant.AlwaysNormal), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_receiver_of_the_trace_that_throws_disturbs_no_operation() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { Trace = _ => throw new InvalidOperationException("scripted") });
        using ScriptedDataOwner owner = new("owner", host.Trace) { Data = { [DriveNumber.C] = [1] } };
        await host.AddAsync("owner", owner);

        BackupReport report = await host.Engine.BackupAsync(new BackupRequest { Repository = host.Repository }, CancellationToken.None);

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.True(host.Engine.Faults > 0);
    });

    [Fact]
    public async Task A_line_that_is_no_entry_is_named()
    {
        using MemoryStream file = new("{\"kind\":\"Mode\",\"mode\":1}\nrubbish\n"u8.ToArray());

        InvalidDataException refused = await Assert.ThrowsAsync<InvalidDataException>(() => TraceFile.ReadAsync(file, Token));

        Assert.StartsWith("Line 2:", refused.Message, StringComparison.Ordinal);
    }

    private static void Refused(IReadOnlyList<TraceEntry> trace, int at, bool mayPass)
    {
        try
        {
            TraceReplay.Check(trace);
            Assert.True(mayPass, $"entry {at} was changed, and the check passed");
        }
        catch (TraceReplayException e)
        {
            Assert.Contains("seen:", e.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Records a base in which one owner fails and another hangs, an increment, and a restore of the owner that does neither.</summary>
    private static List<TraceEntry> Recorded()
    {
        List<TraceEntry> trace = [];
        VirtualTime.Run(async time =>
        {
            await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { Trace = trace.Add });
            using ScriptedDataOwner good = await AddAsync(host, "good");
            using ScriptedDataOwner full = await AddAsync(host, "full");
            using ScriptedDataOwner hangs = await AddAsync(host, "hangs");
            good.MaxSectionBytes = 2;
            full.Fail(OwnerCallKind.GetBackupDataSection, ErrorCode.DiskFull);
            hangs.On(OwnerCallKind.InitialiseGetBackupData, async (call, _) =>
                await (call == 0 ? time.DelayAsync(TimeSpan.FromSeconds(90), CancellationToken.None) : Task.CompletedTask));
            await host.Engine.BackupAsync(new BackupRequest { Repository = host.Repository }, CancellationToken.None);
            await time.DelayAsync(TimeSpan.FromSeconds(200), CancellationToken.None);
            good.Data[DriveNumber.C] = [4, 5, 6, 7];
            await host.Engine.BackupAsync(new BackupRequest { Repository = host.Repository }, CancellationToken.None);
            SetList sets = await host.Repository.ListSetsAsync(CancellationToken.None);
            RestoreRequest request = new() { Repository = host.Repository, Set = sets[^1], Owners = [new(0x30000001)] };
            await host.Engine.RestoreAsync(request, CancellationToken.None);
        });
        return trace;
    }

    private static async Task<ScriptedDataOwner> AddAsync(VirtualHost host, string name)
    {
        ScriptedDataOwner owner = new(name, host.Trace) { Data = { [DriveNumber.C] = [1, 2, 3] } };
        await host.AddAsync(name, owner);
        return owner;
    }
}
