using Conn.ActiveBackup;
using Conn.ActiveBackup.Client;
using Conn.Engine;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace NotesOwner;

/// <summary>The notes program as a host: it backs its own notes up into a folder, and takes them back.</summary>
internal sealed class NotesHost : IAsyncDisposable
{
    // Parts of backup sets are found by it: chosen once, never changed.
    private static readonly SecureId NotesId = new(0x20000001);

    private readonly PropertyStore _bus;
    private readonly BackupEngine _engine;
    private DataOwnerParticipant? _notes;

    private NotesHost(PropertyStore bus, BackupEngine engine) => (_bus, _engine) = (bus, engine);

    public static async Task<NotesHost> StartAsync(string notesFile)
    {
        PropertyStore bus = new();
        NotesHost host = new(bus, await BackupEngine.StartAsync(new BackupEngineOptions { Bus = bus.Open(SecureId.Engine) }));
        await host._engine.RegisterAsync(new DataOwnerRegistration("notes", NotesId) { Kind = "notes" });
        host._notes = new DataOwnerParticipant(
            bus.Open(NotesId), host._engine.Transport, NotesId, new NotesDataOwner(notesFile));
        return host;
    }

    public async Task<BackupReport> BackupAsync(string folder, CancellationToken cancellationToken)
    {
        FolderStorage storage = new(folder);
        await using BackupRepository repository = await BackupRepository.ProbeAsync(storage, cancellationToken) == RepositoryPresence.Nothing
            ? await BackupRepository.CreateAsync(storage, new RepositoryOptions(), cancellationToken)
            : await BackupRepository.OpenAsync(storage, new RepositoryOptions(), cancellationToken);
        return await _engine.BackupAsync(new BackupRequest { Repository = repository }, cancellationToken);
    }

    public async Task<RestoreReport> RestoreNewestAsync(string folder, CancellationToken cancellationToken)
    {
        await using BackupRepository repository = await BackupRepository.OpenAsync(new FolderStorage(folder), new RepositoryOptions(), cancellationToken);
        SetList sets = await repository.ListSetsAsync(cancellationToken);
        return await _engine.RestoreAsync(new RestoreRequest { Repository = repository, Set = sets[^1], InPlace = true }, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_notes is not null)
        {
            await _notes.DisposeAsync();
        }

        await _engine.DisposeAsync();
        _bus.Dispose();
    }
}
