using Conn.Repository.Retention;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Conn.Hosting.Tests;

/// <summary>Options from configuration: every member of them, and what is not given stays as it was.</summary>
public sealed class BindTests
{
    private static readonly Dictionary<string, (string? Value, Func<ConnOptions, object?> Read)> Members = new()
    {
        ["Repository"] = ("/srv/backups", static o => o.Repository),
        ["DaemonSocket"] = ("/run/s", static o => o.DaemonSocket),
        ["CreateRepository"] = ("True", static o => o.CreateRepository),
        ["StateFolder"] = ("/var/lib/conn", static o => o.StateFolder),
        ["TimeZone"] = ("Europe/Berlin", static o => o.TimeZone),
        ["RunMissed"] = ("False", static o => o.RunMissed),
        ["DegradedAfter"] = ("01:30:00", static o => o.DegradedAfter),
        ["UnhealthyAfter"] = ("2.03:00:00", static o => o.UnhealthyAfter),
        ["NoProgressTimeout"] = ("00:00:07", static o => o.NoProgressTimeout),
        ["ReadinessTimeout"] = ("00:00:00.5000000", static o => o.ReadinessTimeout),
        ["Lease"] = ("00:02:00", static o => o.Lease),
        ["Schedule:0"] = ("0 2 * * *", static o => o.Schedule[0]),
        ["Schedule:1"] = ("0 14 * * *", static o => o.Schedule[1]),
        ["Retention:Policy:KeepLast"] = ("1", static o => o.Retention!.Policy.KeepLast),
        ["Retention:Policy:KeepHourly"] = ("2", static o => o.Retention!.Policy.KeepHourly),
        ["Retention:Policy:KeepDaily"] = ("3", static o => o.Retention!.Policy.KeepDaily),
        ["Retention:Policy:KeepWeekly"] = ("4", static o => o.Retention!.Policy.KeepWeekly),
        ["Retention:Policy:KeepMonthly"] = ("5", static o => o.Retention!.Policy.KeepMonthly),
        ["Retention:Policy:KeepYearly"] = ("6", static o => o.Retention!.Policy.KeepYearly),
        ["Retention:Policy:KeepWithin:Months"] = ("7", static o => o.Retention!.Policy.KeepWithin!.Value.Months),
        ["Retention:Owners:0"] = ("notes", static o => o.Retention!.Owners!.Single()),
        ["Retention:Grace:Years"] = ("1", static o => o.Retention!.Grace.Years),
        ["Retention:Grace:Days"] = ("8", static o => o.Retention!.Grace.Days),
        ["Retention:Grace:Hours"] = ("9", static o => o.Retention!.Grace.Hours),
    };

    [Fact]
    public void Every_member_is_read()
    {
        ConnOptions options = Bound(Members.Select(static m => (m.Key, m.Value.Value)));
        Assert.All(Members, m => Assert.Equal(m.Value.Value, Convert.ToString(m.Value.Read(options), System.Globalization.CultureInfo.InvariantCulture)));

        string[] known = [.. Members.Keys.Select(static k => k.Split(':')[0]).Distinct().Append(nameof(ConnOptions.RepositoryKey)).Order()];
        Assert.Equal(known, typeof(ConnOptions).GetProperties().Select(static p => p.Name).Order());
        Assert.All(typeof(RetentionPolicy).GetProperties().Where(static p => p.CanWrite),
            static p => Assert.Contains(Members.Keys, k => k.StartsWith($"Retention:Policy:{p.Name}", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_is_not_given_stays_as_it_was()
    {
        RetentionPolicy kept = new() { KeepDaily = 7, KeepWithin = RetentionPeriod.OfDays(2) };
        Action<ConnBuilder> code = c => c.UseRepository("/srv/backups").Retain(kept, RetentionPeriod.OfDays(3)).Daily("02:00").Configure(static o => o.RunMissed = false);
        ConnOptions same = Bound([("Retention:Policy:KeepLast", "4"), ("schedule:0", "0 3 * * *"), ("Retention:Grace:Hours", "5")], code);
        Assert.Equal(("/srv/backups", false, "0 2 * * *, 0 3 * * *"), (same.Repository, same.RunMissed, string.Join(", ", same.Schedule)));
        Assert.Equal(kept with { KeepLast = 4 }, same.Retention!.Policy);
        Assert.Equal(new RetentionPeriod(0, 0, 3, 5), same.Retention.Grace);
        Assert.Null(Bound([]).Retention);
        Assert.Equal(RetentionRequest.DefaultGrace, Bound([("Retention:Policy:KeepLast", "4")]).Retention!.Grace);
    }

    [Theory]
    [InlineData("RunMissed", "perhaps", "System.Boolean")]
    [InlineData("Lease", "a minute", "System.TimeSpan")]
    [InlineData("Retention:Policy:KeepDaily", "seven", "System.Int32")]
    public void A_value_that_cannot_be_read_is_named(string member, string value, string type)
    {
        InvalidOperationException thrown = Assert.Throws<InvalidOperationException>(() => Bound([(member, value)]));
        Assert.Equal($"Failed to convert configuration value '{value}' at 'Conn:{member}' to type '{type}'.", thrown.Message);
    }

    [Fact]
    public void A_change_of_the_configuration_is_seen()
    {
        IConfigurationRoot root = new ConfigurationBuilder().AddInMemoryCollection().Build();
        using ServiceProvider services = new ServiceCollection().AddConn(c => c.ConnectToDaemon("/run/s").AddDirectory("notes", "/srv/notes").Bind(root)).BuildServiceProvider();
        IOptionsMonitor<ConnOptions> monitor = services.GetRequiredService<IOptionsMonitor<ConnOptions>>();
        Assert.True(monitor.CurrentValue.RunMissed);
        root["RunMissed"] = "false";
        root.Reload();
        Assert.False(monitor.CurrentValue.RunMissed);
    }

    private static ConnOptions Bound(IEnumerable<(string Member, string? Value)> members, Action<ConnBuilder>? code = null)
    {
        IConfigurationRoot root = new ConfigurationBuilder().AddInMemoryCollection(members.ToDictionary(static m => $"Conn:{m.Member}", static m => m.Value)).Build();
        ServiceCollection services = [];
        ConnBuilder builder = new(services, "");
        code?.Invoke(builder);
        builder.Bind(root.GetSection("Conn"));
        using ServiceProvider provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptionsMonitor<ConnOptions>>().Get("");
    }
}
