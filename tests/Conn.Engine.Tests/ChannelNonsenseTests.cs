using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Channels that return nonsense: the owner behind them fails alone.</summary>
public sealed class ChannelNonsenseTests
{
    private static readonly Dictionary<string, (OwnerCallKind? Call, OwnerCallResult Result, int Code)> Results = new()
    {
        ["too many bytes"] = (OwnerCallKind.GetBackupDataSection, new() { Section = new SectionResult(int.MaxValue, true) }, -38),
        ["negative bytes"] = (OwnerCallKind.GetBackupDataSection, new() { Section = new SectionResult(-1, true) }, -38),
        ["too many bytes of a snapshot"] = (OwnerCallKind.GetSnapshotData, new() { Section = new SectionResult(1 << 30, false) }, -38),
        ["no remarks of Recover"] = (OwnerCallKind.Recover, default, -38),
        ["no remarks"] = (OwnerCallKind.TakeRemarks, default, -38),
        ["null in remarks"] = (OwnerCallKind.TakeRemarks, new() { Remarks = new OwnerRemarks([null!], []) }, -38),
        ["null lists"] = (OwnerCallKind.TakeRemarks, new() { Remarks = new OwnerRemarks(null!, null!) }, -38),
        ["an odd size"] = (OwnerCallKind.GetExpectedDataSize, new() { Number = long.MinValue }, 0),
        ["an odd checksum"] = (OwnerCallKind.GetDataChecksum, new() { Number = -1 }, 0),
        ["an end where none can be"] = (OwnerCallKind.GetExpectedDataSize, new() { Section = new SectionResult(int.MinValue, true), Number = 1 }, 0),
        ["a token where none can be"] = (OwnerCallKind.InitialiseGetBackupData, new() { Token = new byte[1 << 20], Remarks = new OwnerRemarks(null!, null!) },
            0),
        ["a failure without message"] = (OwnerCallKind.InitialiseGetBackupData, new() { Failure = new OwnerCallFailure(new ErrorCode(-7), null!) }, -7),
        ["a failure that claims to be given up"] = (OwnerCallKind.InitialiseGetBackupData,
            new() { Failure = new OwnerCallFailure(ErrorCode.Cancel, "aborted") { IsGivenUp = true } }, -3),
        ["a failure that claims a refusal"] = (OwnerCallKind.AllSnapshotsSupplied,
            new() { Failure = new OwnerCallFailure(ErrorCode.NotReady,
                "refused") { Refusal = new OrderRefusal(null!, (OwnerCallKind)99, default, (DriveState)99, 0) } }, -18),
    };

    public static TheoryData<string> ResultNames => [.. Results.Keys];

    [Theory]
    [MemberData(nameof(ResultNames))]
    public void A_channel_that_returns_nonsense_fails_its_owner_alone(string name) => VirtualTime.Run(async time =>
    {
        (OwnerCallKind? call, OwnerCallResult result, int code) = Results[name];
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        await AddBadAsync(host, (c, t) => c.Kind == call ? new(result)
            : c.Kind == OwnerCallKind.Begin ? new(new OwnerCallResult { Features = OwnerFeatures.RestorePrepare | OwnerFeatures.Remarks })
            : c.Kind is OwnerCallKind.Recover or OwnerCallKind.TakeRemarks ? new(new OwnerCallResult { Remarks = OwnerRemarks.Nothing })
            : TestChannel.Obedient(c, t));

        BackupReport report = await host.BackupAsync(r => r with { Checksums = true });

        Assert.Equal((code == 0 ? OwnerOutcome.Succeeded : OwnerOutcome.Failed, new ErrorCode(code)), (report.Of("bad").Outcome, report.Of("bad").Error));
        Assert.Equal(OwnerOutcome.Succeeded, report.Of("good").Outcome);
        host.AssertNormal();
        await host.Repository.AssertVerifiedAsync();
    });

    [Fact]
    public void A_failure_without_a_code_is_a_failure() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        await AddBadAsync(host, (c, t) => c.Kind == OwnerCallKind.InitialiseGetBackupData
            ? new(new OwnerCallResult { Failure = new OwnerCallFailure(ErrorCode.Success, "nothing is wrong") }) : TestChannel.Obedient(c, t));

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Failed, OwnerOutcome.Succeeded), (report.Of("bad").Outcome, report.Of("good").Outcome));
        Assert.NotEqual(ErrorCode.Success, report.Of("bad").Error);
        Assert.NotEqual(0, report.Set!.Part(report.Of("bad").Sid.Value)!.ErrorCode);
        host.AssertNormal();
    });

    [Fact]
    public void A_failure_with_a_message_without_end_is_cut() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        await AddBadAsync(host, (c, t) => c.Kind == OwnerCallKind.InitialiseGetBackupData
            ? new(OwnerCallResult.Failed(ErrorCode.DiskFull, new string('m', 10_000_000))) : TestChannel.Obedient(c, t));

        BackupReport report = await host.BackupAsync();

        Assert.Equal((ErrorCode.DiskFull, OwnerOutcome.Succeeded), (report.Of("bad").Error, report.Of("good").Outcome));
        Assert.InRange(report.Of("bad").Errors[^1].Length, 1, 10_000);
    });

    [Fact]
    public void Interfaces_that_no_engine_knows_are_ignored() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        List<OwnerCallKind> calls = [];
        await AddBadAsync(host, (c, t) =>
        {
            calls.Add(c.Kind);
            return c.Kind == OwnerCallKind.Begin ? new(new OwnerCallResult { Features = (OwnerFeatures)0x7ffffff8 }) : TestChannel.Obedient(c, t);
        });

        BackupReport report = await host.BackupAsync();

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.DoesNotContain(OwnerCallKind.Recover, calls);
        Assert.DoesNotContain(OwnerCallKind.TakeRemarks, calls);
    });

    [Fact]
    public void A_connection_without_a_channel_is_refused() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");

        Exception? refused = await Record.ExceptionAsync(async () =>
            await host.Engine.Transport.ConnectAsync(new OwnerConnection(sid, null!), HostFixture.Never));

        Assert.True(refused is ArgumentException or ConnException { Code.Value: -6 },
            $"Expected: a refused argument. Actual: {refused?.ToString() ?? "accepted"}.");
        Assert.Equal(DataOwnerStatus.NotConnected, Assert.Single(await host.Engine.OwnersAsync(HostFixture.Never)).Status);
    });

    private static async Task AddBadAsync(VirtualHost host, CallHandler invoke)
    {
        SecureId sid = await host.RegisterAsync("bad", r => r with { Policy = OwnerPolicy.BestEffort });
        IEngineSession session = await host.AcceptAsync(sid, invoke);
        await session.ConfirmReadyForBurAsync(ErrorCode.Success, HostFixture.Never);
    }
}
