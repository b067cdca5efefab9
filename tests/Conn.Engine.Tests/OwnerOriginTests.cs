using Conn.ActiveBackup;
using Conn.PubSub.Security;
using Conn.Repository.Sets;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Where an owner's data comes from, and who the owner is, compared with what the repository holds.</summary>
public sealed class OwnerOriginTests
{
    [Fact]
    public void The_set_holds_host_tags_and_the_source_of_each_owner() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner notes = await AddAsync(host, "notes", "/srv/notes");
        await host.BackupAsync(r => r with { Host = "box", Tags = ["weekly", "before the move"] });

        BackupSet set = await host.Repository.NewestAsync();

        Assert.Equal(("box", "weekly, before the move", "/srv/notes"), (set.Host, string.Join(", ", set.Tags), set.Parts[0].Source));
    });

    [Fact]
    public void Data_of_another_source_is_a_base_and_the_report_says_so() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner notes = await AddAsync(host, "notes", "/srv/a");
        await host.BackupAsync();
        await MoveAsync(host, "notes", "/srv/b");

        BackupReport report = await host.BackupAsync();

        Assert.Equal((PartType.Base, OperationOutcome.Succeeded), (report.Of("notes").Type, report.Outcome));
        Assert.Contains("/srv/a", report.Of("notes").Why, StringComparison.Ordinal);
        string note = Assert.Single(report.Notes, n => n.Contains("/srv/a", StringComparison.Ordinal));
        Assert.Contains("/srv/b", note, StringComparison.Ordinal);
        Assert.StartsWith("WARNING: ", note, StringComparison.Ordinal);
    });

    [Fact]
    public void An_increment_of_another_source_is_refused() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner notes = await AddAsync(host, "notes", "/srv/a");
        await host.BackupAsync();
        await MoveAsync(host, "notes", "/srv/b");

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => host.BackupAsync(BackupChoice.Increment));

        Assert.Equal(OperationRefusal.NeedsBase, refused.Refusal);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_restore_in_place_from_another_source_is_refused_before_anything_changes(bool planOnly) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner notes = await AddAsync(host, "notes", "/srv/a");
        await host.BackupAsync();
        await MoveAsync(host, "notes", "/srv/b");
        notes.Set("mine");
        int modes = host.Modes.Count;

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => host.RestoreAsync(r => r with { PlanOnly = planOnly }));

        Assert.Equal((OperationRefusal.OtherSource, ErrorCode.NotSupported), (refused.Refusal, refused.Code));
        Assert.Contains("/srv/a", refused.Message, StringComparison.Ordinal);
        Assert.Contains("/srv/b", refused.Message, StringComparison.Ordinal);
        Assert.Equal(("mine", modes), (notes.Text(), host.Modes.Count));
    });

    [Theory]
    [InlineData(true, true, "/srv/a")]
    [InlineData(false, false, "/srv/a")]
    [InlineData(true, false, "")]
    public void Another_source_is_restored_when_allowed_or_to_another_place_or_when_a_source_is_unknown(bool inPlace, bool allow, string source) =>
        VirtualTime.Run(async time =>
        {
            await using VirtualHost host = await VirtualHost.StartAsync(time);
            using ScriptedDataOwner notes = await AddAsync(host, "notes", source);
            await host.BackupAsync();
            await MoveAsync(host, "notes", "/srv/b");
            notes.Set("mine");

            RestoreReport report = await host.RestoreAsync(r => r with { InPlace = inPlace, AllowOtherSource = allow });

            Assert.Equal((OperationOutcome.Succeeded, "notes: data"), (report.Outcome, notes.Text()));
        });

    [Fact]
    public void A_name_with_two_ids_and_an_id_with_two_names_are_noted() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner notes = await AddAsync(host, "notes", "");
        await host.BackupAsync();
        await host.Engine.UnregisterAsync(new SecureId(0x30000001));
        await host.Engine.RegisterAsync(new DataOwnerRegistration("letters", new SecureId(0x30000001)));
        await host.Engine.RegisterAsync(new DataOwnerRegistration("notes", new SecureId(0x30000009)));

        BackupReport report = await host.BackupAsync();

        Assert.Contains(report.Notes, n => n.StartsWith("WARNING: owner letters has the id 0x30000001, which is that of owner notes", StringComparison.Ordinal));
        Assert.Contains(report.Notes, n => n.StartsWith("WARNING: owner notes has the id 0x30000009, and 0x30000001 in set", StringComparison.Ordinal));
    });

    [Fact]
    public void Sets_of_another_host_are_noted() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner notes = await AddAsync(host, "notes", "/srv/a");
        await host.BackupAsync(r => r with { Host = "box" });

        BackupReport report = await host.BackupAsync(r => r with { Host = "other" });

        Assert.Contains("host box", Assert.Single(report.Notes), StringComparison.Ordinal);
        Assert.Equal(PartType.Increment, report.Of("notes").Type);
    });

    private static async Task<ScriptedDataOwner> AddAsync(VirtualHost host, string name, string source)
    {
        ScriptedDataOwner owner = host.Owner(name);
        await host.AddAsync(name, owner, r => r with { Source = source });
        return owner;
    }

    private static async Task MoveAsync(VirtualHost host, string name, string source)
    {
        SecureId sid = (await host.Engine.OwnersAsync(HostFixture.Never)).Single(o => o.Registration.Name == name).Registration.Sid;
        await host.Engine.UnregisterAsync(sid);
        await host.Engine.RegisterAsync(new DataOwnerRegistration(name, sid) { Source = source });
    }
}
