using Conn.ActiveBackup;
using Conn.Repository;
using Conn.Repository.Sets;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>A stored chain of which a file is missing or has another length: the next backup is a base, and a restore says so before anything changes.</summary>
public sealed class BrokenChainTests
{
    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(1, false)]
    public void A_backup_after_a_file_of_the_chain_was_lost_or_cut_is_a_base_that_stands_out(int set, bool cut) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner notes = await host.AddOwnerAsync("notes");
        using ScriptedDataOwner other = await host.AddOwnerAsync("other");
        await host.BackUpTwiceAsync(notes, other);
        string broken = Break(host, set, cut);

        BackupReport plan = await host.BackupAsync(r => r with { PlanOnly = true });
        BackupReport report = await host.BackupAsync();

        Assert.Equal((PartType.Base, PartType.Increment, OperationOutcome.Succeeded), (report.Of("notes").Type, report.Of("other").Type, report.Outcome));
        Assert.Contains(broken, report.Of("notes").Why, StringComparison.Ordinal);
        string note = Assert.Single(report.Notes);
        Assert.StartsWith("WARNING: ", note, StringComparison.Ordinal);
        Assert.Contains("owner notes", note, StringComparison.Ordinal);
        Assert.Contains(broken, note, StringComparison.Ordinal);
        Assert.Equal((PartType.Base, note), (plan.Of("notes").Type, Assert.Single(plan.Notes)));
        BackupReport next = await host.BackupAsync();
        Assert.Equal((PartType.Increment, 0), (next.Of("notes").Type, next.Notes.Count));
    });

    [Fact]
    public void An_increment_that_was_asked_for_is_refused_on_a_broken_chain() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner notes = await host.AddOwnerAsync("notes");
        await host.BackUpTwiceAsync(notes);
        Break(host, 0, cut: false);

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => host.BackupAsync(BackupChoice.Increment));

        Assert.Equal(OperationRefusal.NeedsBase, refused.Refusal);
    });

    [Theory]
    [InlineData(0, true, true)]
    [InlineData(1, false, true)]
    [InlineData(0, false, false)]
    public void A_restore_of_a_broken_chain_is_refused_by_plan_and_run_with_owner_set_and_file(int set, bool cut, bool planOnly) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner notes = await host.AddOwnerAsync("notes");
        await host.BackUpTwiceAsync(notes);
        string broken = Break(host, set, cut);
        int modes = host.Modes.Count;

        RepositoryException refused = await Assert.ThrowsAsync<RepositoryException>(() => host.RestoreAsync(r => r with { PlanOnly = planOnly }));

        Assert.Equal(RepositoryFailure.ChainBroken, refused.Failure);
        BackupSet chosen = await host.Repository.NewestAsync();
        Assert.All(["Owner notes", chosen.Id.Text, broken, "Nothing was changed"], t => Assert.Contains(t, refused.Message, StringComparison.Ordinal));
        Assert.Equal(("now", modes), (notes.Text(), host.Modes.Count));
    });

    [Fact]
    public void A_restore_that_meets_a_damaged_section_names_owner_and_set_and_changes_nothing() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner notes = await host.AddOwnerAsync("notes");
        await host.BackupAsync();
        notes.Set("now");
        string path = host.Storage.Files().Single(f => f.Path.EndsWith(".data", StringComparison.Ordinal)).Path;
        byte[] bytes = host.Storage.Read(path);
        bytes[160] ^= 1;
        host.Storage.Put(path, bytes);

        RepositoryException refused = await Assert.ThrowsAsync<RepositoryException>(() => host.RestoreAsync());

        BackupSet chosen = await host.Repository.NewestAsync();
        Assert.All(["Owner notes", chosen.Id.Text, "Nothing was changed"], t => Assert.Contains(t, refused.Message, StringComparison.Ordinal));
        Assert.Equal("now", notes.Text());
    });

    [Fact]
    public void A_set_that_is_passed_over_stands_out_in_backup_and_restore() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner notes = await host.AddOwnerAsync("notes");
        await host.BackUpTwiceAsync(notes);
        BackupSet newest = await host.Repository.NewestAsync();
        host.Storage.Put($"sets/00000002-{newest.Id}/manifest", [1, 2, 3]);

        BackupReport backup = await host.BackupAsync();
        RestoreReport restore = await host.RestoreAsync(r => r with { Set = backup.Set! });

        Assert.All([backup.Notes, restore.Notes], notes =>
            Assert.Contains(notes, n => n.StartsWith("WARNING: ", StringComparison.Ordinal) && n.Contains(newest.Id.Text, StringComparison.Ordinal)));
    });

    [Fact]
    public void An_index_that_had_to_be_rebuilt_stands_out() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner notes = await host.AddOwnerAsync("notes");
        await host.BackupAsync();
        host.Storage.Put("index", [1, 2, 3]);

        BackupReport backup = await host.BackupAsync();

        Assert.StartsWith("WARNING: ", Assert.Single(backup.Notes), StringComparison.Ordinal);
    });

    [Theory]
    [InlineData("sqlite:a.db", "directory", "a SQLite database", "a directory")]
    [InlineData("directory", "sqlite:a.db", "a directory", "a SQLite database")]
    public void Data_of_another_kind_is_refused_by_the_plan_and_is_no_parent(string stored, string now, string is1, string is2) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner notes = host.Owner("notes");
        Conn.PubSub.Security.SecureId sid = await host.AddAsync("notes", notes, r => r with { Kind = stored });
        await host.BackupAsync();
        await host.Engine.UnregisterAsync(sid);
        await host.Engine.RegisterAsync(new DataOwnerRegistration("notes", sid) { Kind = now });

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => host.RestoreAsync(r => r with { PlanOnly = true }));
        BackupReport plan = await host.BackupAsync(r => r with { PlanOnly = true });

        Assert.Equal(OperationRefusal.OtherKind, refused.Refusal);
        Assert.Contains($"holds {is1} of owner notes, and the owner is {is2}", refused.Message, StringComparison.Ordinal);
        Assert.Equal(PartType.Base, plan.Of("notes").Type);
    });

    /// <summary>Loses or cuts the file of the first owner in a set; the result is what the messages name.</summary>
    private static string Break(VirtualHost host, int set, bool cut)
    {
        string path = host.Storage.Files().Select(f => f.Path).Where(p => p.EndsWith("0000-000000.data", StringComparison.Ordinal)).Order().ElementAt(set);
        host.Storage.Put(path, cut ? host.Storage.Read(path)[..^1] : null);
        return path;
    }
}
