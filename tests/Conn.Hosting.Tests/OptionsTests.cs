using Conn.ActiveBackup;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Xunit;

namespace Conn.Hosting.Tests;

/// <summary>Wrong options stop the host before anything is made, with a sentence for each.</summary>
public sealed class OptionsTests : IDisposable
{
    private readonly Place _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("Repository", " ", "Repository is not given")]
    [InlineData("Schedule:0", "every night", "'every night' in Schedule is no cron expression")]
    [InlineData("Schedule:0", "61 2 * * *", "'61 2 * * *' in Schedule is no cron expression")]
    [InlineData("TimeZone", "Europe/Nowhere", "TimeZone is 'Europe/Nowhere'")]
    [InlineData("Lease", "00:00:30", "Lease (00:00:30) must be longer than NoProgressTimeout")]
    [InlineData("NoProgressTimeout", "00:00:00", "NoProgressTimeout is 00:00:00")]
    [InlineData("ReadinessTimeout", "-00:00:01", "ReadinessTimeout is -00:00:01")]
    [InlineData("Lease", "30.00:00:00", "Lease is 30.00:00:00")]
    [InlineData("DegradedAfter", "00:00:00", "must be longer than DegradedAfter (00:00:00)")]
    [InlineData("UnhealthyAfter", "01:00:00", "UnhealthyAfter (01:00:00)")]
    public async Task A_wrong_member_is_named(string member, string value, string words)
    {
        IConfiguration section = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Repository"] = _place.Repository, ["CreateRepository"] = "true", [member] = value,
        }).Build();
        OptionsValidationException thrown = await FailsAsync(c => c.Bind(section).AddOwner<NoteOwner>("notes"));
        Assert.Contains(words, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_owner_and_two_owners_of_one_name_are_refused()
    {
        Assert.Contains("There is no owner", (await FailsAsync(c => c.UseRepository(_place.Repository).CreateIfMissing())).Message, StringComparison.Ordinal);
        Assert.Contains("Owner notes is given 2 times", (await FailsAsync(c => c.UseRepository(_place.Repository).CreateIfMissing()
            .AddOwner<NoteOwner>("notes").AddDirectory("notes", _place.Root))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Repository", "/srv/backups", "Repository is '/srv/backups', but the instance joins a daemon")]
    [InlineData("CreateRepository", "true", "CreateRepository is set, but the instance joins a daemon")]
    [InlineData("Schedule:0", "0 2 * * *", "Schedule is given, but the instance joins a daemon")]
    [InlineData("DaemonSocket", "relative/s", "DaemonSocket is 'relative/s'; it must be a full path")]
    public async Task What_is_the_daemons_is_refused_in_a_program_that_joins_it(string member, string value, string words)
    {
        IConfiguration section = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { [member] = value }).Build();
        OptionsValidationException thrown = await FailsAsync(c => c.Bind(section).ConnectToDaemon().AddOwner<NoteOwner>("notes"));
        Assert.Contains(words, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_socket_without_a_daemon_to_join_and_a_daemon_without_owners_are_refused()
    {
        Assert.Contains("joins no daemon", (await FailsAsync(c => c.UseRepository(_place.Repository).CreateIfMissing().AddOwner<NoteOwner>("notes")
            .Configure(static o => o.DaemonSocket = "/run/s"))).Message, StringComparison.Ordinal);
        Assert.Contains("There is no owner", (await FailsAsync(static c => c.ConnectToDaemon("/run/s"))).Message, StringComparison.Ordinal);
        Assert.Contains("Owner far is one of another process", (await FailsAsync(static c => c.ConnectToDaemon("/run/s")
            .AddRemoteOwner(new DataOwnerRegistration("far")))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_owner_that_calls_itself_otherwise_is_refused()
    {
        using IHost host = Applications.Build(
            c => c.UseRepository(_place.Repository).CreateIfMissing().AddOwner("notes", static _ => new NoteOwner("texts", new Notes())));
        InvalidOperationException thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains("The owner that was added as notes calls itself texts", thrown.Message, StringComparison.Ordinal);
    }

    private async Task<OptionsValidationException> FailsAsync(Action<ConnBuilder> conn)
    {
        using IHost host = Applications.Build(conn);
        OptionsValidationException thrown = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.False(Directory.Exists(_place.Repository), "something was made");
        return thrown;
    }
}
