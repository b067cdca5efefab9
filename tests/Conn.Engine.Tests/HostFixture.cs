using System.Text;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Checks;
using Conn.Repository.Sets;
using Conn.Repository.Storage;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;

namespace Conn.Engine.Tests;

/// <summary>Short methods for what every scenario does.</summary>
internal static class HostFixture
{
    public static CancellationToken Never => CancellationToken.None;

    public static ScriptedDataOwner Owner(this VirtualHost host, string name, string data = "data")
    {
        ScriptedDataOwner owner = new(name, host.Trace);
        owner.Data[DriveNumber.C] = Encoding.UTF8.GetBytes($"{name}: {data}");
        return owner;
    }

    public static async Task<ScriptedDataOwner> AddOwnerAsync(this VirtualHost host, string name, OwnerPolicy policy = OwnerPolicy.Required,
        Func<DataOwnerParticipantOptions, DataOwnerParticipantOptions>? participate = null)
    {
        ScriptedDataOwner owner = host.Owner(name);
        await host.AddAsync(name, owner, r => r with { Policy = policy }, participate);
        return owner;
    }

    /// <summary>Connects an owner by hand; null for an owner without callbacks.</summary>
    public static async Task<ActiveBackupClient> ConnectAsync(this VirtualHost host, SecureId sid, IActiveBackupDataClient? owner, string name = "owner") =>
        await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, owner, host.ClientOptions(name), Never);

    /// <summary>Connects an owner by hand and confirms that it is ready.</summary>
    public static async Task<ActiveBackupClient> ConnectReadyAsync(this VirtualHost host, SecureId sid, IActiveBackupDataClient? owner, string name = "owner")
    {
        ActiveBackupClient client = await host.ConnectAsync(sid, owner, name);
        await client.ConfirmReadyForBurAsync(ErrorCode.Success, Never);
        return client;
    }

    /// <summary>Connects an owner that has no client: the engine calls this channel.</summary>
    public static async Task<IEngineSession> AcceptAsync(this VirtualHost host, SecureId sid, CallHandler invoke) =>
        await host.Engine.AcceptAsync(new OwnerConnection(sid, new TestChannel(invoke)), Never);

    public static ValueTask<BackupRepository> OpenAsync(this IRepositoryStorage storage, VirtualTime time) =>
        BackupRepository.OpenAsync(storage, new RepositoryOptions { Workers = 0, TimeProvider = time.Clock }, Never);

    public static string Text(this ScriptedDataOwner owner) => Encoding.UTF8.GetString(owner.Data[DriveNumber.C]);

    public static void Set(this ScriptedDataOwner owner, string data) => owner.Data[DriveNumber.C] = Encoding.UTF8.GetBytes(data);

    public static Task<BackupReport> BackupAsync(this VirtualHost host, BackupChoice choice = BackupChoice.Auto, CancellationToken abort = default) =>
        host.BackupAsync(r => r with { Choice = choice }, abort);

    public static Task<BackupReport> BackupAsync(this VirtualHost host, Func<BackupRequest, BackupRequest> change, CancellationToken abort = default) =>
        host.Engine.BackupAsync(change(new BackupRequest { Repository = host.Repository }), abort);

    public static Task<RestoreReport> RestoreAsync(this VirtualHost host, CancellationToken abort = default) => host.RestoreAsync(r => r, abort);

    /// <summary>Gives a test the client of each operation; the owner prepares nothing else.</summary>
    public static DataOwnerParticipantOptions WithClient(this DataOwnerParticipantOptions options, Action<ActiveBackupClient> keep) => options with
    {
        PrepareAsync = (client, _, _) =>
        {
            keep(client);
            return new(ErrorCode.Success);
        },
    };

    /// <summary>Restores the newest set.</summary>
    public static async Task<RestoreReport> RestoreAsync(this VirtualHost host, Func<RestoreRequest, RestoreRequest> change,
        CancellationToken abort = default) =>
        await host.Engine.RestoreAsync(change(new RestoreRequest { Repository = host.Repository, Set = await host.Repository.NewestAsync() }), abort);

    /// <summary>Restores the newest set of another host's repository.</summary>
    public static async Task<RestoreReport> RestoreAsync(this VirtualHost host, Func<RestoreRequest, RestoreRequest> change, BackupRepository from) =>
        await host.Engine.RestoreAsync(change(new RestoreRequest { Repository = from, Set = await from.NewestAsync() }), Never);

    public static async Task<BackupSet> NewestAsync(this BackupRepository repository) => (await repository.ListSetsAsync(Never))[^1];

    /// <summary>Asserts that everything in a repository can be read and is what was written.</summary>
    public static async Task AssertVerifiedAsync(this BackupRepository repository) =>
        Xunit.Assert.Empty((await RepositoryVerifier.VerifyAsync(repository, cancellationToken: Never)).Problems);

    public static OwnerReport Of(this BackupReport report, string name) => report.Owners.Single(o => o.Name == name);

    public static OwnerReport Of(this RestoreReport report, string name) => report.Owners.Single(o => o.Name == name);

    public static void AssertNormal(this VirtualHost host) => Xunit.Assert.Equal(BurMode.Normal, host.Modes[^1]);

    /// <summary>Adds an owner that takes an hour for its backup, or for its restore.</summary>
    public static async Task<ScriptedDataOwner> AddSlowAsync(this VirtualHost host, string name, bool slowBackup = true)
    {
        ScriptedDataOwner slow = await host.AddOwnerAsync(name);
        return slow.On(slowBackup ? OwnerCallKind.GetBackupDataSection : OwnerCallKind.RestoreBaseDataSection,
            async (_, t) => await host.Time.DelayAsync(TimeSpan.FromHours(1), t));
    }

    /// <summary>Makes a base and an increment of owners on which something else stands afterwards.</summary>
    public static async Task BackUpTwiceAsync(this VirtualHost host, params ScriptedDataOwner[] owners)
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
}
