using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Sets;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Owners without measure: endless data, endless snapshots, endless reports of progress.</summary>
public sealed class BoundsTests
{
    private const long Capacity = 1_000_000;
    private static readonly DriveNumber E = DriveNumber.FromLetter('E');

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Endless_bytes_of_a_best_effort_owner_fill_the_disk_and_fail_that_owner_alone(bool inSnapshot) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner before = await AddNoisyAsync(host, "before");
        await host.AddAsync("endless", Endless(inSnapshot), r => r with { Policy = OwnerPolicy.BestEffort, MaxSnapshotBytes = long.MaxValue });
        using ScriptedDataOwner after = await AddNoisyAsync(host, "after");
        host.Storage.CapacityBytes = Capacity;

        BackupReport report = await host.BackupAsync();

        Assert.True(host.Storage.WasFull);
        Assert.Equal((OwnerOutcome.Failed, ErrorCode.DiskFull), (report.Of("endless").Outcome, report.Of("endless").Error));
        Assert.Equal((OperationOutcome.Partial, SetOutcome.Partial), (report.Outcome, report.Set!.Outcome));
        Assert.Equal((OwnerOutcome.Succeeded, OwnerOutcome.Succeeded), (report.Of("before").Outcome, report.Of("after").Outcome));
        await host.Repository.AssertVerifiedAsync();
        before.Set("lost");
        after.Set("lost");
        Assert.Equal(OperationOutcome.Succeeded, (await host.RestoreAsync()).Outcome);
        Assert.Equal(Noise("before"), before.Data[DriveNumber.C]);
        Assert.Equal(Noise("after"), after.Data[DriveNumber.C]);
        host.AssertNormal();
    });

    [Fact]
    public void Endless_bytes_that_a_manager_keeps_for_a_best_effort_owner_fail_only_owners_joined_with_it() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner before = await AddNoisyAsync(host, "before");
        Random random = new(7);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager", ActiveType.ProxyOnly, r => r with { Policy = OwnerPolicy.BestEffort },
            p => p.WithLayer((call, next, t) =>
            {
                if (call.Kind != OwnerCallKind.GetBackupDataSection)
                {
                    return next(call, t);
                }

                random.NextBytes(call.Buffer.Span);
                return new(new OwnerCallResult { Section = new SectionResult(call.Buffer.Length, false) });
            }));
        using ScriptedDataOwner served = await host.AddProxiedAsync("served", [2], OwnerPolicy.BestEffort);
        using ScriptedDataOwner after = await AddNoisyAsync(host, "after");
        host.Storage.CapacityBytes = Capacity;

        BackupReport report = await host.BackupAsync();

        Assert.Equal([ErrorCode.Success, ErrorCode.DiskFull, ErrorCode.DiskFull, ErrorCode.Success], report.Owners.Select(o => o.Error));
        Assert.Equal(OperationOutcome.Partial, report.Outcome);
        await host.Repository.AssertVerifiedAsync();
        before.Set("lost");
        after.Set("lost");
        Assert.Equal(OperationOutcome.Succeeded, (await host.RestoreAsync()).Outcome);
        Assert.Equal(Noise("before"), before.Data[DriveNumber.C]);
        Assert.Equal(Noise("after"), after.Data[DriveNumber.C]);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Endless_bytes_of_a_required_owner_are_a_failure_of_the_repository_and_nothing_is_committed(bool inSnapshot) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await AddNoisyAsync(host, "good");
        await host.AddAsync("endless", Endless(inSnapshot), r => r with { MaxSnapshotBytes = long.MaxValue });
        host.Storage.CapacityBytes = Capacity;

        RepositoryException failure = await Assert.ThrowsAsync<RepositoryException>(() => host.BackupAsync());

        Assert.Equal(RepositoryFailure.DiskFull, failure.Failure);
        Assert.Empty(await host.Repository.ListSetsAsync(HostFixture.Never));
        Assert.DoesNotContain(host.Storage.Files(), f => f.Path.StartsWith("tmp/", StringComparison.Ordinal));
        Assert.False(good.Holds);
        host.AssertNormal();
        await host.Engine.UnregisterAsync(new SecureId(0x30000002));
        Assert.Equal(OperationOutcome.Succeeded, (await host.BackupAsync()).Outcome);
    });

    [Theory]
    [InlineData(OwnerPolicy.BestEffort, 9, 9, true)]
    [InlineData(OwnerPolicy.BestEffort, 10, 9, false)]
    [InlineData(OwnerPolicy.Required, 10, 9, false)]
    [InlineData(OwnerPolicy.BestEffort, 1, 1, true)]
    [InlineData(OwnerPolicy.BestEffort, 0, 1, true)]
    public void More_data_than_the_registration_allows_is_too_big(OwnerPolicy policy, int bytes, int most, bool accepted) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using ScriptedDataOwner owner = new("bounded", host.Trace);
        // The bound counts over all drives.
        owner.Data[DriveNumber.C] = new byte[bytes / 2];
        owner.Data[E] = new byte[bytes - (bytes / 2)];
        await host.AddAsync("bounded", owner, r => r with { Policy = policy, MaxDataBytes = most, Drives = DriveList.Of(DriveNumber.C, E) });

        BackupReport report = await host.BackupAsync();

        Assert.Equal(accepted ? ErrorCode.Success : ErrorCode.TooBig, report.Of("bounded").Error);
        Assert.Equal(accepted ? OperationOutcome.Succeeded : policy == OwnerPolicy.Required ? OperationOutcome.Failed : OperationOutcome.Partial,
            report.Outcome);
        Assert.Equal(OwnerOutcome.Succeeded, report.Of("good").Outcome);
        Assert.True(accepted || report.Of("bounded").Errors[^1].Contains("MaxDataBytes", StringComparison.Ordinal));
        Assert.False(owner.Holds);
    });

    [Theory]
    [InlineData(16, true)]
    [InlineData(15, false)]
    [InlineData(1, false)]
    public void A_larger_snapshot_than_the_registration_allows_is_too_big(int most, bool accepted) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using ScriptedDataOwner owner = host.Owner("bounded");
        await host.AddAsync("bounded", owner, r => r with { Policy = OwnerPolicy.BestEffort, MaxSnapshotBytes = most });

        BackupReport report = await host.BackupAsync();

        Assert.Equal(accepted ? ErrorCode.Success : ErrorCode.TooBig, report.Of("bounded").Error);
        Assert.Equal(OwnerOutcome.Succeeded, report.Of("good").Outcome);
        Assert.True(accepted || report.Of("bounded").Errors[^1].Contains("MaxSnapshotBytes", StringComparison.Ordinal));
    });

    [Fact]
    public void An_endless_stream_is_stopped_at_the_bound_before_it_fills_the_disk() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        await host.AddAsync("endless", Endless(inSnapshot: false), r => r with { Policy = OwnerPolicy.BestEffort, MaxDataBytes = 500_000 });
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        host.Storage.CapacityBytes = Capacity;

        BackupReport report = await host.BackupAsync();

        Assert.Equal((ErrorCode.TooBig, OwnerOutcome.Succeeded), (report.Of("endless").Error, report.Of("good").Outcome));
        Assert.False(host.Storage.WasFull);
    });

    [Fact]
    public async Task A_million_reports_of_progress_allocate_nothing_that_grows()
    {
        await using RealHost host = await RealHost.StartAsync();
        using ScriptedDataOwner owner = new("chatty", null);
        owner.Set("some data");
        ActiveBackupClient? client = null;
        long allocated = -1;
        owner.On(OwnerCallKind.GetBackupDataSection, (_, _) =>
        {
            allocated = Allocated(client!);
            return default;
        });
        client = await host.ConnectReadyAsync("chatty", owner);

        BackupReport report = await host.BackupAsync().Within("the backup ends");
        long afterwards = Allocated(client);

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.InRange(allocated, 0, 4096);
        Assert.InRange(afterwards, 0, 4096);

        static long Allocated(ActiveBackupClient client)
        {
            client.ReportProgress();
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1_000_000; i++)
            {
                client.ReportProgress();
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public async Task Reports_of_progress_in_a_tight_loop_do_not_slow_the_engine_down()
    {
        const int Calls = 2000;
        await using RealHost host = await RealHost.StartAsync();
        using ScriptedDataOwner owner = new("chatty", null);
        owner.Set("some data");
        ActiveBackupClient? client = null;
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bool stop = false;
        owner.On(OwnerCallKind.GetBackupDataSection, (_, _) =>
        {
            started.TrySetResult();
            while (!Volatile.Read(ref stop))
            {
                client!.ReportProgress();
            }

            return default;
        });
        client = await host.ConnectReadyAsync("chatty", owner);
        await AskAsync();
        TimeSpan quiet = await AskAsync();

        Task<BackupReport> running = host.BackupAsync();
        await started.Task.Within("the owner reports progress");
        TimeSpan loud = await AskAsync();
        Volatile.Write(ref stop, true);

        Assert.Equal(OperationOutcome.Succeeded, (await running.Within("the backup ends")).Outcome);
        // One of two processors is busy with the loop, so the calls may take longer; a queue of reports would take them all.
        Assert.True(loud < (20 * quiet) + TimeSpan.FromSeconds(2), $"Expected: about {quiet} for {Calls} calls. Actual: {loud}.");

        async Task<TimeSpan> AskAsync()
        {
            long from = host.Clock.GetTimestamp();
            for (int i = 0; i < Calls; i++)
            {
                await host.Engine.OwnersAsync(HostFixture.Never).Within("the engine answers");
            }

            return host.Clock.GetElapsedTime(from);
        }
    }

    private static byte[] Noise(string name)
    {
        byte[] noise = new byte[100_000];
        new Random(name.Length).NextBytes(noise);
        return noise;
    }

    private static async Task<ScriptedDataOwner> AddNoisyAsync(VirtualHost host, string name)
    {
        ScriptedDataOwner owner = host.Owner(name);
        owner.Data[DriveNumber.C] = Noise(name);
        await host.AddAsync(name, owner);
        return owner;
    }

    private static StubOwner Endless(bool inSnapshot)
    {
        Random random = new(7);
        return inSnapshot ? new StubOwner { SnapshotSection = Fill } : new StubOwner { BackupSection = Fill };

        SectionResult Fill(Memory<byte> buffer)
        {
            random.NextBytes(buffer.Span);
            return new SectionResult(buffer.Length, false);
        }
    }

    [Fact]
    public void More_data_of_a_manager_than_one_owner_allows_names_manager_and_owner_rightly() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager");
        manager.Keep(2, new string('x', 1000));
        manager.Keep(3, "little");
        using ScriptedDataOwner big = host.Owner("big");
        using ScriptedDataOwner small = host.Owner("small");
        await host.AddAsync("big", big, r => r with { ProxyManagers = [ProxyFixture.Sid(1)], MaxDataBytes = 10, Policy = OwnerPolicy.BestEffort });
        await host.AddAsync("small", small, r => r with { ProxyManagers = [ProxyFixture.Sid(1)] });

        BackupReport report = await host.BackupAsync();

        Assert.Equal(ErrorCode.TooBig, report.Of("big").Error);
        Assert.DoesNotContain(report.Owners.SelectMany(o => o.Errors), e => e.Contains("Manager big", StringComparison.Ordinal));
    });

    [Fact]
    public void Owners_that_leave_out_many_files_do_not_spoil_the_set() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        string path = new('あ', 100);
        List<string> many = [.. Enumerable.Repeat(path, 10_000)];
        for (int i = 0; i < 20; i++)
        {
            ScriptedDataOwner owner = host.Owner($"owner{i}");
            await host.AddAsync(owner.Name, owner, r => r with { Policy = OwnerPolicy.BestEffort }, p => p.WithLayer(async (call, next, t) =>
                call.Kind == OwnerCallKind.Begin ? new OwnerCallResult { Features = OwnerFeatures.Remarks }
                : call.Kind == OwnerCallKind.TakeRemarks ? new OwnerCallResult { Remarks = new OwnerRemarks(many, many) } : await next(call, t)));
        }

        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        BackupReport report = await host.BackupAsync();

        Assert.NotNull(report.Set);
        Assert.Empty((await host.Repository.ListSetsAsync(HostFixture.Never)).Problems);
        await using BackupRepository again = await host.Storage.OpenAsync(time);
        Assert.Single(await again.ListSetsAsync(HostFixture.Never));
    });
}
