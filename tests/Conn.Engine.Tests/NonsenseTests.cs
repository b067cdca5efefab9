using System.Collections;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Contract;
using Conn.Engine.Reports;
using Conn.PubSub;
using Conn.Repository.Restores;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Owners that return or throw nonsense, in every phase: only their own part fails.</summary>
public sealed class NonsenseTests
{
    private static readonly OwnerCallKind[] BackupCalls =
    [
        OwnerCallKind.Recover, OwnerCallKind.ReceiveSnapshotData, OwnerCallKind.AllSnapshotsSupplied, OwnerCallKind.GetExpectedDataSize,
        OwnerCallKind.InitialiseGetBackupData, OwnerCallKind.GetBackupDataSection, OwnerCallKind.GetSnapshotData, OwnerCallKind.GetDataChecksum,
    ];

    private static readonly OwnerCallKind[] RestoreCalls =
    [
        OwnerCallKind.Recover, OwnerCallKind.ReceiveSnapshotData, OwnerCallKind.InitialiseRestoreBaseData, OwnerCallKind.RestoreBaseDataSection,
        OwnerCallKind.InitialiseRestoreIncrementData, OwnerCallKind.RestoreIncrementDataSection, OwnerCallKind.PrepareRestore,
    ];

    /// <summary>Lists that an owner returns although it must not, and the code that its part fails with.</summary>
    private static readonly Dictionary<string, (Func<IReadOnlyList<string>> Make, int Code)> Lists = new()
    {
        ["null"] = (() => null!, -38),
        ["with null"] = (() => ["fine", null!], -38),
        ["throws at once"] = (() => throw new InvalidOperationException("no list"), -2),
        ["throws while walked"] = (() => new ThrowingList(), -2),
        ["too many"] = (() => [.. Enumerable.Range(0, 30_000).Select(i => $"remark {i}")], 0),
        ["endless"] = (() => new EndlessList(), 0),
        ["too long"] = (() => [new string('x', 100_000)], 0),
        ["half a character"] = (() => ["\uD800", "\uDC00 and more", "a\uD83D"], 0),
        ["empty text"] = (() => ["", "\0", "\r\n"], 0),
    };

    public static TheoryData<string> ListNames => [.. Lists.Keys];

    public static TheoryData<OwnerCallKind, Thrown> BackupThrows => Cross(BackupCalls);

    public static TheoryData<OwnerCallKind, Thrown> RestoreThrows => Cross(RestoreCalls);

    public static TheoryData<Thrown> AllThrown => [.. Enum.GetValues<Thrown>()];

    public static TheoryData<OwnerCallKind> BackupKinds => [.. BackupCalls];

    public static TheoryData<OwnerCallKind> RestoreKinds => [.. RestoreCalls];

    [Theory]
    [MemberData(nameof(ListNames))]
    public void Nonsense_from_Recover_fails_that_owner_alone(string name) =>
        BackUpWith(() => new StubOwner { Recover = Lists[name].Make }, Lists[name].Code);

    [Theory]
    [MemberData(nameof(ListNames))]
    public void Nonsense_in_notes_fails_that_owner_alone(string name) =>
        BackUpWith(() => new StubOwner { Remarks = () => new OwnerRemarks(Lists[name].Make(), []) }, Lists[name].Code);

    [Theory]
    [MemberData(nameof(ListNames))]
    public void Nonsense_in_errors_fails_that_owner_alone(string name) =>
        BackUpWith(() => new StubOwner { Remarks = () => new OwnerRemarks([], Lists[name].Make()) }, Lists[name].Code, incomplete: true);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("half \uD800")]
    public void Nonsense_as_the_reason_for_a_base_changes_nothing(string? why) =>
        BackUpWith(() => new StubOwner { Remarks = () => new OwnerRemarks([], [], why) }, 0);

    [Fact]
    public void Remarks_that_are_null_fail_that_owner_alone() => BackUpWith(() => new StubOwner { Remarks = () => null! }, -38);

    [Theory]
    [InlineData(1)]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void More_bytes_than_the_buffer_or_fewer_than_none_fail_that_owner_alone(int more)
    {
        BackUpWith(() => new StubOwner { BackupSection = b => new SectionResult(more > 0 ? (int)Math.Min(int.MaxValue, b.Length + (long)more) : more, true) },
            -38);
        BackUpWith(() => new StubOwner { SnapshotSection = b =>
            new SectionResult(more > 0 ? (int)Math.Min(int.MaxValue, b.Length + (long)more) : more, false) }, -38);
    }

    [Fact]
    public void Too_many_and_too_long_remarks_are_cut_in_the_report_and_in_the_set() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        List<string> notes = [new string('n', 100_000), .. Enumerable.Range(0, 30_000).Select(i => $"note {i}")];
        await host.AddAsync("one", new StubOwner { Remarks = () => new OwnerRemarks(notes, [], new string('w', 100_000)) });

        BackupReport report = await host.BackupAsync();

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.InRange(report.Of("one").Notes.Count, 1, 10_001);
        Assert.InRange(report.Of("one").Notes[0].Length, 1, 4100);
        Assert.InRange(report.Of("one").Why.Length, 1, 4100);
        Assert.InRange(report.Set!.Parts[0].Notes.Count, 1, 10_001);
        await host.Repository.AssertVerifiedAsync();
    });

    [Theory]
    [MemberData(nameof(BackupThrows))]
    public void An_exception_in_a_backup_call_fails_that_owner_alone(OwnerCallKind call, Thrown thrown) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner before = await host.AddOwnerAsync("before");
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad", OwnerPolicy.BestEffort);
        using ScriptedDataOwner after = await host.AddOwnerAsync("after");
        await host.BackupAsync();
        bad.On(call, (_, _) => throw Make(thrown));

        BackupReport report = await host.BackupAsync(r => r with { Checksums = true });

        AssertFailed(report.Of("bad"), thrown);
        Assert.Equal((OwnerOutcome.Succeeded, OwnerOutcome.Succeeded), (report.Of("before").Outcome, report.Of("after").Outcome));
        Assert.Equal(OperationOutcome.Partial, report.Outcome);
        Assert.False(bad.Holds);
        host.AssertNormal();
        await host.Repository.AssertVerifiedAsync();
    });

    [Theory]
    [MemberData(nameof(AllThrown))]
    public void An_exception_of_a_manager_fails_the_owners_it_serves_and_no_other(Thrown thrown) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager", ActiveType.ProxyOnly, r => r with { Policy = OwnerPolicy.BestEffort });
        using ScriptedDataOwner served = await host.AddProxiedAsync("served", [1], OwnerPolicy.BestEffort);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        manager.On(OwnerCallKind.InitialiseGetProxyBackupData, (_, _) => throw Make(thrown));

        BackupReport report = await host.BackupAsync();

        AssertFailed(report.Of("manager"), thrown);
        AssertFailed(report.Of("served"), thrown);
        Assert.Equal((OwnerOutcome.Succeeded, OperationOutcome.Partial), (report.Of("good").Outcome, report.Outcome));
        await host.Repository.AssertVerifiedAsync();
    });

    [Theory]
    [MemberData(nameof(RestoreThrows))]
    public void An_exception_in_a_restore_call_leaves_out_that_owner_alone(OwnerCallKind call, Thrown thrown) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner before = await host.AddOwnerAsync("before");
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad", OwnerPolicy.BestEffort);
        using ScriptedDataOwner after = await host.AddOwnerAsync("after");
        await BackUpTwiceAsync(host, before, bad, after);
        bad.On(call, (_, _) => throw Make(thrown));

        RestoreReport report = await host.RestoreAsync();

        AssertFailed(report.Of("bad"), thrown);
        Assert.Equal((true, OperationOutcome.Partial), (report.Committed, report.Outcome));
        Assert.Equal(("before: second", "now", "after: second"), (before.Text(), bad.Text(), after.Text()));
        Assert.False(bad.Holds);
        host.AssertNormal();
    });

    [Theory]
    [MemberData(nameof(AllThrown))]
    public void An_exception_after_the_commit_is_in_the_report_and_the_others_are_put_in_place(Thrown thrown) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner before = await host.AddOwnerAsync("before");
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad");
        using ScriptedDataOwner after = await host.AddOwnerAsync("after");
        await BackUpTwiceAsync(host, before, bad, after);
        bad.On(OwnerCallKind.RestoreComplete, (call, _) => call == 0 ? throw Make(thrown) : default);

        RestoreReport report = await host.RestoreAsync();

        AssertFailed(report.Of("bad"), thrown);
        Assert.Equal((true, OperationOutcome.Failed), (report.Committed, report.Outcome));
        Assert.Equal(("before: second", "after: second"), (before.Text(), after.Text()));
        RestoreRecord pending = Assert.Single(await host.Repository.ListPendingRestoresAsync(HostFixture.Never));
        Assert.Equal(["bad"], pending.Owners.Where(o => !o.Completed).Select(o => o.Name));
        host.AssertNormal();
        Assert.Equal(OperationOutcome.Succeeded, (await host.BackupAsync()).Outcome);
        Assert.Equal("bad: second", bad.Text());
    });

    [Theory]
    [MemberData(nameof(ListNames))]
    public void Nonsense_in_remarks_after_the_commit_is_named_and_every_owner_is_in_place(string name) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner before = await host.AddOwnerAsync("before");
        bool nonsense = false;
        List<string> calls = [];
        await host.AddAsync("bad", new StubOwner
        {
            Remarks = () => nonsense ? new OwnerRemarks(Lists[name].Make(), []) : OwnerRemarks.Nothing, Called = calls.Add,
        });
        using ScriptedDataOwner after = await host.AddOwnerAsync("after");
        await host.BackupAsync();
        before.Set("now");
        after.Set("now");
        nonsense = true;

        RestoreReport report = await host.RestoreAsync();

        bool fails = Lists[name].Code != 0;
        Assert.Equal((fails ? OwnerOutcome.Incomplete : OwnerOutcome.Succeeded, true), (report.Of("bad").Outcome, report.Committed));
        Assert.Equal(fails ? OperationOutcome.Partial : OperationOutcome.Succeeded, report.Outcome);
        Assert.Equal(("before: data", "after: data"), (before.Text(), after.Text()));
        Assert.Contains("RestoreComplete", calls);
        Assert.DoesNotContain("TerminateMultiStageOperation", calls);
        Assert.Empty(await host.Repository.ListPendingRestoresAsync(HostFixture.Never));
        host.AssertNormal();
    });

    [Theory]
    [MemberData(nameof(AllThrown))]
    public void An_exception_while_a_restore_is_resumed_leaves_the_others_alone(Thrown thrown) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad");
        await BackUpTwiceAsync(host, one, bad);
        one.On(OwnerCallKind.RestoreComplete, (call, _) => call == 0 ? throw new ConnException(ErrorCode.General, "not now") : default);
        bad.On(OwnerCallKind.RestoreComplete, (call, _) => call == 0 ? throw new ConnException(ErrorCode.General, "not now") : default);
        await host.RestoreAsync();
        bad.On(OwnerCallKind.ResumeRestore, (_, _) => throw Make(thrown));

        BackupReport next = await host.BackupAsync();

        Assert.Equal(OperationOutcome.Failed, next.Outcome);
        Assert.Equal(("one: second", "now"), (one.Text(), bad.Text()));
        Assert.Contains(next.Notes, n => n.StartsWith("Owner bad:", StringComparison.Ordinal));
        Assert.NotNull(next.Set);
        host.AssertNormal();
    });

    [Theory]
    [MemberData(nameof(AllThrown))]
    public void An_exception_in_Terminate_keeps_no_owner_from_normal(Thrown thrown) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad", OwnerPolicy.BestEffort);
        bad.Fail(OwnerCallKind.GetBackupDataSection, ErrorCode.DiskFull);
        bad.On(OwnerCallKind.TerminateMultiStageOperation, (_, _) => throw Make(thrown));

        BackupReport report = await host.BackupAsync();

        Assert.Equal((ErrorCode.DiskFull, OwnerOutcome.Succeeded), (report.Of("bad").Error, report.Of("good").Outcome));
        host.AssertNormal();
    });

    [Theory]
    [InlineData(4096, true)]
    [InlineData(4097, false)]
    [InlineData(1 << 20, false)]
    public void A_token_that_is_too_long_leaves_out_that_owner_alone(int length, bool accepted) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        await host.AddAsync("bad", new StubOwner { Prepare = () => new byte[length] }, r => r with { Policy = OwnerPolicy.BestEffort });
        await host.BackupAsync();
        good.Set("now");

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((accepted ? ErrorCode.None : ErrorCode.TooBig, "good: data"), (report.Of("bad").Error, good.Text()));
    });

    [Fact]
    public void A_token_that_the_owner_changes_later_is_recorded_as_it_was() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        byte[] token = [1, 2, 3];
        List<byte[]> recorded = [];
        // The second owner prepares after the first; then the first changes what it returned.
        await host.AddAsync("first", new StubOwner { Prepare = () => token });
        await host.AddAsync("second", new StubOwner
        {
            Prepare = () =>
            {
                token.AsSpan().Fill(9);
                return new byte[] { 7 };
            },
        });
        await host.BackupAsync();
        using IDisposable watch = host.Engine.Progress.Subscribe(p =>
        {
            if (p.Phase == OperationPhase.Committed)
            {
                RestoreRecord record = host.Repository.ListPendingRestoresAsync(HostFixture.Never).AsTask().GetAwaiter().GetResult()[^1];
                recorded.AddRange(record.Owners.SelectMany(o => o.Drives).Select(d => d.Token.ToArray()));
            }
        });

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Succeeded, 9), (report.Outcome, token[0]));
        Assert.Equal([[1, 2, 3], [7]], recorded);
    });

    [Theory]
    [MemberData(nameof(BackupKinds))]
    public void A_backup_call_that_starts_an_async_void_method_that_throws_fails_that_owner_alone(OwnerCallKind call) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad", OwnerPolicy.BestEffort);
        await host.BackupAsync();
        bad.On(call, async (_, t) =>
        {
            ThrowLater(time);
            await time.DelayAsync(TimeSpan.FromSeconds(2), t);
        });
        using FailureWatch failures = new(host);
        TimeSpan from = time.Elapsed;

        BackupReport report = await host.BackupAsync(r => r with { Checksums = true });

        Assert.Equal((OwnerOutcome.Failed, ErrorCode.General), (report.Of("bad").Outcome, report.Of("bad").Error));
        Assert.Equal(OwnerOutcome.Succeeded, report.Of("good").Outcome);
        Assert.Contains(host.ParticipantErrors, e => e.Message == "late");
        Assert.InRange(failures.Of("bad").At - from, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.01));
        host.AssertNormal();
    });

    [Theory]
    [MemberData(nameof(RestoreKinds))]
    public void A_restore_call_that_starts_an_async_void_method_that_throws_fails_that_owner_alone(OwnerCallKind call) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad", OwnerPolicy.BestEffort);
        await BackUpTwiceAsync(host, good, bad);
        bad.On(call, async (_, t) =>
        {
            ThrowLater(time);
            await time.DelayAsync(TimeSpan.FromSeconds(2), t);
        });

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OwnerOutcome.Failed, ErrorCode.General), (report.Of("bad").Outcome, report.Of("bad").Error));
        Assert.Equal(("good: second", "now"), (good.Text(), bad.Text()));
        host.AssertNormal();
    });

    [Fact]
    public void An_async_void_method_that_throws_after_the_commit_does_not_keep_the_others_from_being_put_in_place() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad");
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        await BackUpTwiceAsync(host, good, bad);
        bad.On(OwnerCallKind.RestoreComplete, async (call, t) =>
        {
            if (call == 0)
            {
                ThrowLater(time);
                await time.DelayAsync(TimeSpan.FromSeconds(2), t);
            }
        });

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((true, "good: second"), (report.Committed, good.Text()));
        Assert.Equal((OwnerOutcome.Failed, ErrorCode.General), (report.Of("bad").Outcome, report.Of("bad").Error));
        host.AssertNormal();
        await host.BackupAsync();
        Assert.Equal("bad: second", bad.Text());
    });

    [Fact]
    public async Task An_async_void_method_of_an_owner_that_throws_on_the_pool_ends_no_process()
    {
        await using RealHost host = await RealHost.StartAsync(o => o with { AbortTimeout = TimeSpan.FromMilliseconds(100) });
        TaskCompletionSource go = new();
        using Blocker blocker = new();
        using ScriptedDataOwner good = new("good", null);
        good.Set("good");
        using ScriptedDataOwner bad = new("bad", null);
        bad.Set("bad");
        bad.On(OwnerCallKind.GetBackupDataSection, (_, _) =>
        {
            ThrowAfter(go.Task);
            blocker.Enter();
            return default;
        });
        await host.AddAsync("bad", bad, r => r with { Policy = OwnerPolicy.BestEffort });
        await host.AddAsync("good", good);

        Task<BackupReport> running = host.BackupAsync();
        await blocker.EnteredAsync();
        go.SetResult();
        BackupReport report = await running.Within("the backup ends although a callback of the failed owner blocks");

        Assert.Equal((OwnerOutcome.Failed, ErrorCode.General), (report.Of("bad").Outcome, report.Of("bad").Error));
        Assert.Equal((OwnerOutcome.Succeeded, OperationOutcome.Partial), (report.Of("good").Outcome, report.Outcome));
        Assert.Equal(BurMode.Normal, host.Mode);

        static async void ThrowAfter(Task task)
        {
            await task;
            throw new InvalidOperationException("late");
        }
    }

    private static TheoryData<OwnerCallKind, Thrown> Cross(OwnerCallKind[] calls)
    {
        TheoryData<OwnerCallKind, Thrown> all = [];
        foreach (OwnerCallKind call in calls)
        {
            foreach (Thrown thrown in Enum.GetValues<Thrown>())
            {
                all.Add(call, thrown);
            }
        }

        return all;
    }

    /// <summary>Backs up a bad owner between two good ones; with code 0 it must succeed too.</summary>
    private static void BackUpWith(Func<StubOwner> make, int code, bool incomplete = false) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner before = await host.AddOwnerAsync("before");
        await host.AddAsync("bad", make(), r => r with { Policy = OwnerPolicy.BestEffort });
        using ScriptedDataOwner after = await host.AddOwnerAsync("after");

        BackupReport report = await host.BackupAsync();

        OwnerOutcome expected = code != 0 ? OwnerOutcome.Failed : incomplete ? OwnerOutcome.Incomplete : OwnerOutcome.Succeeded;
        Assert.Equal((expected, new ErrorCode(code)), (report.Of("bad").Outcome, report.Of("bad").Error));
        Assert.Equal((OwnerOutcome.Succeeded, OwnerOutcome.Succeeded), (report.Of("before").Outcome, report.Of("after").Outcome));
        Assert.Equal(expected == OwnerOutcome.Succeeded ? OperationOutcome.Succeeded : OperationOutcome.Partial, report.Outcome);
        host.AssertNormal();
        await host.Repository.AssertVerifiedAsync();
    });

    /// <summary>Makes a base and an increment of owners on which something else stands afterwards.</summary>
    private static async Task BackUpTwiceAsync(VirtualHost host, params ScriptedDataOwner[] owners)
    {
        await host.BackupAsync();
        foreach (ScriptedDataOwner owner in owners)
        {
            owner.Set($"{owner.Name}: second");
        }

        await host.BackupAsync();
        foreach (ScriptedDataOwner owner in owners)
        {
            owner.Set("now");
        }
    }

    private static void AssertFailed(OwnerReport report, Thrown thrown)
    {
        Assert.Equal(OwnerOutcome.Failed, report.Outcome);
        Assert.NotEmpty(report.Errors);
        Assert.Equal(thrown == Thrown.Cancellation ? ErrorCode.Cancel : ErrorCode.General, report.Error);
    }

    private static async void ThrowLater(VirtualTime time)
    {
        await time.DelayAsync(TimeSpan.FromSeconds(1), CancellationToken.None);
        throw new InvalidOperationException("late");
    }

    private static Exception Make(Thrown thrown) => thrown switch
    {
        Thrown.MessageThrows => new OddException { Text = () => throw new InvalidOperationException("no message") },
        Thrown.EverythingThrows => new OddException { Text = () => throw new OddException(), Description = () => throw new OddException() },
        Thrown.NullMessage => new OddException { Text = () => null!, Description = () => null! },
        Thrown.LongMessage => new InvalidOperationException(new string('m', 1 << 20)),
        Thrown.HalfACharacter => new InvalidOperationException("half \uD800 of it"),
        Thrown.Cancellation => new OperationCanceledException("out of nowhere"),
        Thrown.NoError => new ConnException(ErrorCode.None, "no error at all"),
        Thrown.Null => null!,
        _ => new AggregateException(new InvalidOperationException("one"), new FormatException("two")),
    };

    /// <summary>What an owner throws.</summary>
    public enum Thrown
    {
        MessageThrows,
        EverythingThrows,
        NullMessage,
        LongMessage,
        HalfACharacter,
        Cancellation,
        NoError,
        Null,
        Aggregate,
    }

    private sealed class OddException : Exception
    {
        public Func<string> Text { get; init; } = () => "odd";

        public Func<string> Description { get; init; } = () => "odd";

        public override string Message => Text();

        public override string? StackTrace => Description();

        public override string ToString() => Description();
    }

    private sealed class ThrowingList : IReadOnlyList<string>
    {
        public int Count => 2;

        public string this[int index] => index == 0 ? "fine" : throw new InvalidOperationException("walked too far");

        public IEnumerator<string> GetEnumerator()
        {
            yield return this[0];
            yield return this[1];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class EndlessList : IReadOnlyList<string>
    {
        public int Count => throw new InvalidOperationException("too many to count");

        public string this[int index] => "and so on";

        public IEnumerator<string> GetEnumerator()
        {
            while (true)
            {
                yield return "and so on";
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
