using Conn.ActiveBackup;
using Conn.ActiveBackup.Client;
using Conn.Engine;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Testing.Storage;

namespace Conn.Benchmarks.Coordination;

/// <summary>A host as it really runs, on the thread pool and the system's clock, with owners that have no data and a repository in memory.</summary>
internal sealed class CoordinationHost : IAsyncDisposable
{
    private readonly PropertyStore _store;
    private readonly List<DataOwnerParticipant> _participants = [];
    private readonly BackupEngine _engine;
    private BackupRepository? _repository;

    private CoordinationHost(PropertyStore store, BackupEngine engine) => (_store, _engine) = (store, engine);

    public static async Task<CoordinationHost> StartAsync(int owners)
    {
        PropertyStore store = new();
        CoordinationHost host = new(store, await BackupEngine.StartAsync(new BackupEngineOptions { Bus = store.Open(SecureId.Engine) }));
        await host.RenewRepositoryAsync();
        for (uint i = 1; i <= owners; i++)
        {
            SecureId sid = new(0x30000000u + i);
            await host._engine.RegisterAsync(new DataOwnerRegistration($"owner{i}", sid) { SupportsIncremental = false });
            host._participants.Add(new DataOwnerParticipant(host._store.Open(sid), host._engine.Transport, sid, EmptyOwner.Instance));
        }

        return host;
    }

    /// <summary>An empty repository: what earlier sets cost is not the coordination's.</summary>
    public async Task RenewRepositoryAsync()
    {
        await DropRepositoryAsync();
        _repository = await BackupRepository.CreateAsync(new TearingStorage(), new RepositoryOptions { Workers = 0 }, CancellationToken.None);
    }

    public async Task BackUpAsync()
    {
        BackupReport report = await _engine.BackupAsync(new BackupRequest { Repository = _repository!, Choice = BackupChoice.Base }, CancellationToken.None);
        if (report.Outcome != OperationOutcome.Succeeded || report.Owners.Count != _participants.Count)
        {
            throw new InvalidOperationException($"The backup of {_participants.Count} owners {report.Outcome}: {string.Join(' ', report.Owners.SelectMany(o => o.Errors).Take(3))}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (DataOwnerParticipant participant in _participants)
        {
            await participant.DisposeAsync();
        }

        await _engine.DisposeAsync();
        await DropRepositoryAsync();
        _store.Dispose();
    }

    private async ValueTask DropRepositoryAsync() => await (_repository?.DisposeAsync() ?? ValueTask.CompletedTask);
}
