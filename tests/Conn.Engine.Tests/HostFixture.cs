using System.Text;
using Conn.ActiveBackup.Contract;
using Conn.Engine.Operations;
using Conn.Engine.Reports;
using Conn.PubSub;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;

namespace Conn.Engine.Tests;

/// <summary>Short words for what every scenario does.</summary>
internal static class HostFixture
{
    public static CancellationToken Never => CancellationToken.None;

    public static ScriptedDataOwner Owner(this VirtualHost host, string name, string data = "data")
    {
        ScriptedDataOwner owner = new(name, host.Trace);
        owner.Data[DriveNumber.C] = Encoding.UTF8.GetBytes($"{name}: {data}");
        return owner;
    }

    public static async Task<ScriptedDataOwner> AddOwnerAsync(this VirtualHost host, string name, OwnerPolicy policy = OwnerPolicy.Required)
    {
        ScriptedDataOwner owner = host.Owner(name);
        await host.AddAsync(name, owner, r => r with { Policy = policy });
        return owner;
    }

    public static string Text(this ScriptedDataOwner owner) => Encoding.UTF8.GetString(owner.Data[DriveNumber.C]);

    public static void Set(this ScriptedDataOwner owner, string data) => owner.Data[DriveNumber.C] = Encoding.UTF8.GetBytes(data);

    public static Task<BackupReport> BackupAsync(this VirtualHost host, BackupChoice choice = BackupChoice.Auto, CancellationToken abort = default) =>
        host.Engine.BackupAsync(new BackupRequest { Repository = host.Repository, Choice = choice }, abort);

    public static async Task<RestoreReport> RestoreAsync(this VirtualHost host, CancellationToken abort = default) =>
        await host.Engine.RestoreAsync(new RestoreRequest { Repository = host.Repository, Set = (await host.Repository.ListSetsAsync(Never))[^1] }, abort);

    public static OwnerReport Of(this BackupReport report, string name) => report.Owners.Single(o => o.Name == name);

    public static OwnerReport Of(this RestoreReport report, string name) => report.Owners.Single(o => o.Name == name);

    public static void IsNormal(this VirtualHost host) => Xunit.Assert.Equal(BurMode.Normal, host.Modes[^1]);
}
