using Conn.ActiveBackup;
using Conn.Repository.Restores;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Owners that return nonsense, in every phase: only their own part fails.</summary>
public sealed class NonsenseTests
{
    public static TheoryData<string> ListNames => [.. OddLists.All.Keys];

    [Theory]
    [MemberData(nameof(ListNames))]
    public void Nonsense_from_Recover_fails_that_owner_alone(string name) =>
        BackUpWith(() => new StubOwner { Recover = OddLists.All[name].Make }, OddLists.All[name].Code);

    [Theory]
    [MemberData(nameof(ListNames))]
    public void Nonsense_in_notes_fails_that_owner_alone(string name) =>
        BackUpWith(() => new StubOwner { Remarks = () => new OwnerRemarks(OddLists.All[name].Make(), []) }, OddLists.All[name].Code);

    [Theory]
    [MemberData(nameof(ListNames))]
    public void Nonsense_in_errors_fails_that_owner_alone(string name) =>
        BackUpWith(() => new StubOwner { Remarks = () => new OwnerRemarks([], OddLists.All[name].Make()) }, OddLists.All[name].Code, incomplete: true);

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

    [Fact]
    public void Remarks_that_the_owner_changes_later_are_reported_as_they_were() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        List<string> recovered = ["recovered"];
        List<string> notes = ["a note"];
        await host.AddAsync("one", new StubOwner
        {
            Recover = () => recovered, Remarks = () => new OwnerRemarks(notes, []), Called = call => ChangeIn("GetBackupDataSection", call, recovered),
        });
        // The second owner hands over when the first has finished.
        await host.AddAsync("two", new StubOwner { Called = call => ChangeIn("GetBackupDataSection", call, notes) });

        BackupReport report = await host.BackupAsync();

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.Equal(["recovered", "a note"], report.Of("one").Notes);
        Assert.Equal(["recovered", "a note"], report.Set!.Parts[0].Notes);
        Assert.Equal([null!, null!], [.. recovered, .. notes]);

        static void ChangeIn(string when, string call, List<string> list)
        {
            if (call == when)
            {
                list.Clear();
                list.Add(null!);
            }
        }
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
            Remarks = () => nonsense ? new OwnerRemarks(OddLists.All[name].Make(), []) : OwnerRemarks.Nothing, Called = calls.Add,
        });
        using ScriptedDataOwner after = await host.AddOwnerAsync("after");
        await host.BackupAsync();
        before.Set("now");
        after.Set("now");
        nonsense = true;

        RestoreReport report = await host.RestoreAsync();

        bool fails = OddLists.All[name].Code != 0;
        Assert.Equal((fails ? OwnerOutcome.Incomplete : OwnerOutcome.Succeeded, true), (report.Of("bad").Outcome, report.Committed));
        Assert.Equal(fails ? OperationOutcome.Partial : OperationOutcome.Succeeded, report.Outcome);
        Assert.Equal(("before: data", "after: data"), (before.Text(), after.Text()));
        Assert.Contains("RestoreComplete", calls);
        Assert.DoesNotContain("TerminateMultiStageOperation", calls);
        Assert.Empty(await host.Repository.Restores.ListPendingAsync(HostFixture.Never));
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

        Assert.Equal((accepted ? ErrorCode.Success : ErrorCode.TooBig, "good: data"), (report.Of("bad").Error, good.Text()));
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
                RestoreRecord record = host.Repository.Restores.ListPendingAsync(HostFixture.Never).AsTask().GetAwaiter().GetResult()[^1];
                recorded.AddRange(record.Owners.SelectMany(o => o.Drives).Select(d => d.Token.ToArray()));
            }
        });

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Succeeded, 9), (report.Outcome, token[0]));
        Assert.Equal([[1, 2, 3], [7]], recorded);
    });

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
}
