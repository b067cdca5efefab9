using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Contract;
using Conn.Cli.Owners;
using Conn.Cli.Verbs;
using Conn.Engine;
using Conn.Engine.Reports;
using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.Cli.Hosting;

/// <summary>A whole host in this process for the length of one command: bus, engine, and the owners taking part by the published mode.</summary>
internal sealed class ConnHost : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _parts = [];
    private readonly Dictionary<SecureId, IActiveBackupDataClient> _clients = [];

    private ConnHost(PropertyStore store, BackupEngine engine)
    {
        Store = store;
        Engine = engine;
    }

    public PropertyStore Store { get; }

    public BackupEngine Engine { get; }

    public static async Task<ConnHost> StartAsync(OwnerList owners, Func<OwnerSpec, Action, IActiveBackupDataClient> make, VerbContext context, Action<OperationProgress>? show,
        uint knownDataVersion = 0, bool plans = true)
    {
        PropertyStore store = new();
        BackupEngineOptions options = new() { Bus = store.Open(SecureId.Engine) };
        options = options with
        {
            NoProgressTimeout = owners.Timeouts.NoProgress ?? options.NoProgressTimeout, ReadinessTimeout = owners.Timeouts.Readiness ?? options.ReadinessTimeout,
        };
        ConnHost host = new(store, await BackupEngine.StartAsync(options));
        host.Engine.Progress.Subscribe(p =>
        {
            show?.Invoke(p);
            context.OnProgress?.Invoke(p);
        });
        foreach (OwnerSpec owner in owners)
        {
            await host.AddAsync(owner, owners, make, knownDataVersion, plans);
        }

        return host;
    }

    public IActiveBackupDataClient Client(SecureId sid) => _clients[sid];

    public async ValueTask DisposeAsync()
    {
        for (int i = _parts.Count - 1; i >= 0; i--)
        {
            await _parts[i].DisposeAsync();
        }

        await Engine.DisposeAsync();
        Store.Dispose();
    }

    private async Task AddAsync(OwnerSpec owner, OwnerList owners, Func<OwnerSpec, Action, IActiveBackupDataClient> make, uint knownDataVersion, bool plans)
    {
        DataOwnerParticipant? participant = null;
        IActiveBackupDataClient client = make(owner, () => participant?.ReportProgress());
        if (client is IAsyncDisposable disposable)
        {
            _parts.Add(disposable);
        }

        _clients.Add(owner.Sid, client);
        ActiveBackupClientOptions options = new() { Name = owner.Name };
        participant = new DataOwnerParticipant(Store.Open(Store.MintIdentity(owner.Sid)), Engine.Transport, owner.Sid, client,
            new DataOwnerParticipantOptions { Client = options with { Lease = owners.Timeouts.Lease ?? options.Lease } });
        _parts.Add(participant);
        await Engine.RegisterAsync(new DataOwnerRegistration(owner.Name, owner.Sid)
        {
            Kind = owner.Kind, Source = owner.Source, DataVersion = knownDataVersion, Policy = owner.Policy, Drives = DriveList.Of([.. owner.Drives.Keys]), NoProgressTimeout = owner.NoProgressTimeout,
            RestoreAfter = [.. owners.Where(o => owner.RestoreAfter.Contains(o.Name)).Select(o => o.Sid)],
        }, plans ? participant.Planner : null);
    }
}
