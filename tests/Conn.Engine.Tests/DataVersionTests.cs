using Conn.ActiveBackup;
using Conn.PubSub;
using Conn.Repository;
using Conn.Repository.Sets;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;
using static Conn.Engine.Tests.ProxyFixture;

namespace Conn.Engine.Tests;

/// <summary>Data of a newer version of an owner than the one that would take it.</summary>
public sealed class DataVersionTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_restore_of_newer_data_of_a_required_owner_is_refused_before_anything_changes(bool planOnly) => VirtualTime.Run(async time =>
    {
        await using VirtualHost then = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner writer = await AddAsync(then, "notes", 3);
        await then.BackupAsync();
        await using VirtualHost now = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await AddAsync(now, "notes", 2);
        owner.Set("now");

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() =>
            now.RestoreAsync(r => r with { PlanOnly = planOnly }, then.Repository));

        Assert.Equal((OperationRefusal.NewerData, ErrorCode.NotSupported), (refused.Refusal, refused.Code));
        foreach (string word in new[] { "notes", (await then.Repository.NewestAsync()).Id.Text, "version 3", "up to 2", "newer version of the owner",
            "older set" })
        {
            Assert.Contains(word, refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal([BurMode.Normal], now.Modes);
        Assert.Equal("now", owner.Text());
        Assert.Empty(now.Trace.Of("notes"));
        Assert.Empty(await then.Repository.Restores.ListPendingAsync(HostFixture.Never));
    });

    [Fact]
    public void A_best_effort_owner_with_newer_data_is_left_out_and_the_others_are_restored() => VirtualTime.Run(async time =>
    {
        await using VirtualHost then = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner newWriter = await AddAsync(then, "newer", 1);
        using ScriptedDataOwner writer = await AddAsync(then, "notes", 1);
        await then.BackupAsync();
        await using VirtualHost now = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner newer = await AddAsync(now, "newer", 0, OwnerPolicy.BestEffort);
        using ScriptedDataOwner notes = await AddAsync(now, "notes", 1);
        newer.Set("mine");
        notes.Set("lost");

        RestoreReport plan = await now.RestoreAsync(r => r with { PlanOnly = true }, then.Repository);
        RestoreReport report = await now.RestoreAsync(r => r, then.Repository);

        Assert.All(new[] { plan, report }, r =>
        {
            Assert.Equal((OperationOutcome.Partial, OwnerOutcome.Failed, ErrorCode.NotSupported), (r.Outcome, r.Of("newer").Outcome, r.Of("newer").Error));
            Assert.Contains("version 1", r.Of("newer").Errors[^1], StringComparison.Ordinal);
        });
        Assert.Equal((true, "mine", "notes: data"), (report.Committed, newer.Text(), notes.Text()));
    });

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 5)]
    [InlineData(4, 4)]
    [InlineData(4, 5)]
    public void Data_of_an_older_or_the_same_version_is_restored_and_the_plan_reports_the_stored_one(uint stored, uint known) => VirtualTime.Run(async time =>
    {
        await using VirtualHost then = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner writer = await AddAsync(then, "notes", stored);
        BackupReport backup = await then.BackupAsync();
        writer.Set("then");
        await then.BackupAsync();
        await using VirtualHost now = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await AddAsync(now, "notes", known);
        owner.Set("lost");

        RestoreReport plan = await now.RestoreAsync(r => r with { PlanOnly = true }, then.Repository);
        RestoreReport report = await now.RestoreAsync(r => r, then.Repository);

        Assert.Equal((stored, stored), (backup.Of("notes").DataVersion, plan.Of("notes").DataVersion));
        Assert.Equal((OperationOutcome.Succeeded, "then"), (report.Outcome, owner.Text()));
    });

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    [InlineData(0, 1)]
    public void An_increment_does_not_continue_a_set_of_another_version(uint before, uint after) => VirtualTime.Run(async time =>
    {
        await using VirtualHost then = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner old = await AddAsync(then, "notes", before);
        await then.BackupAsync();
        SetId first = (await then.Repository.NewestAsync()).Id;
        await using VirtualHost now = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await AddAsync(now, "notes", after);

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => BackupAsync(BackupChoice.Increment));
        BackupReport based = await BackupAsync(BackupChoice.Auto);
        owner.Set("changed");
        BackupReport next = await BackupAsync(BackupChoice.Auto);

        Assert.Equal(OperationRefusal.NeedsBase, refused.Refusal);
        Assert.Equal((PartType.Base, after), (based.Of("notes").Type, based.Set!.Part(Sid(1).Value)!.DataVersion));
        Assert.Equal($"Set {first} holds version {before} of the owner's data, which is of version {after} now.", based.Of("notes").Why);
        Assert.Equal((PartType.Increment, based.Set.Id.Text), (next.Of("notes").Type, next.Of("notes").Parent));

        Task<BackupReport> BackupAsync(BackupChoice choice) =>
            now.Engine.BackupAsync(new BackupRequest { Repository = then.Repository, Choice = choice }, HostFixture.Never);
    });

    [Fact]
    public void A_newer_part_anywhere_in_the_chain_is_refused() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await AddAsync(host, "notes", 1);
        BackupSet newer = await WriteAsync(host.Repository, null, 2);
        await WriteAsync(host.Repository, newer.Parts[0], 1);

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => host.RestoreAsync());

        Assert.Equal(OperationRefusal.NewerData, refused.Refusal);
        Assert.Contains(newer.Id.Text, refused.Message, StringComparison.Ordinal);
    });

    [Theory]
    [InlineData(ActiveType.ActiveAndProxy, false)]
    [InlineData(ActiveType.ProxyOnly, false)]
    [InlineData(ActiveType.ActiveAndProxy, true)]
    public void Data_that_a_newer_manager_kept_is_refused_together_with_the_owner_it_belongs_to(ActiveType type, bool asHelper) => VirtualTime.Run(async time =>
    {
        await using VirtualHost then = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner writer = await then.AddManagerAsync("manager", type, r => r with { DataVersion = 2 });
        using ScriptedDataOwner served = await then.AddProxiedAsync("owner", [1]);
        await then.BackupAsync();
        await using VirtualHost now = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner manager = await now.AddManagerAsync("manager", type, r => r with { DataVersion = 1, Policy = OwnerPolicy.BestEffort });
        using ScriptedDataOwner owner = await now.AddProxiedAsync("owner", [1]);

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(
            () => now.RestoreAsync(r => asHelper ? r with { Owners = [Sid(2)] } : r, then.Repository));

        Assert.Equal((OperationRefusal.NewerData, ErrorCode.NotSupported), (refused.Refusal, refused.Code));
        Assert.Contains("Manager manager of owner owner", refused.Message, StringComparison.Ordinal);
        Assert.Equal([BurMode.Normal], now.Modes);
    });

    [Fact]
    public void The_version_of_an_owner_without_data_refuses_nothing() => VirtualTime.Run(async time =>
    {
        await using VirtualHost then = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner writer = await AddAsync(then, "notes", 1);
        await then.AddAsync("quiet", null, r => r with { DataVersion = 2 });
        await then.BackupAsync();
        await using VirtualHost now = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner notes = await AddAsync(now, "notes", 1);
        await now.AddAsync("quiet", null);

        Assert.Equal(OperationOutcome.Succeeded, (await now.RestoreAsync(r => r, then.Repository)).Outcome);
    });

    private static async Task<ScriptedDataOwner> AddAsync(VirtualHost host, string name, uint version, OwnerPolicy policy = OwnerPolicy.Required)
    {
        ScriptedDataOwner owner = host.Owner(name);
        await host.AddAsync(name, owner, r => r with { DataVersion = version, Policy = policy });
        return owner;
    }

    private static async Task<BackupSet> WriteAsync(BackupRepository repository, OwnerPart? parent, uint version)
    {
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", HostFixture.Never);
        await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
        PartWriter part = await writer.BeginPartAsync(
            new NewOwnerPart { Name = "notes", Sid = Sid(1).Value, DataVersion = version, Parent = parent }, HostFixture.Never);
        await (await part.OpenStreamAsync((byte)DriveNumber.C.Index, StreamKind.Data, HostFixture.Never)).CompleteAsync(HostFixture.Never);
        await part.CompleteAsync(new PartResult { Outcome = PartOutcome.Succeeded, Type = parent is null ? PartType.Base : PartType.Increment },
            HostFixture.Never);
        return await writer.CommitAsync(SetOutcome.Succeeded, null, HostFixture.Never);
    }
}
