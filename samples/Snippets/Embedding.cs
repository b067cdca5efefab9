using Conn;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Client;
using Conn.DataOwners;
using Conn.Engine;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Snippets;

/// <summary>A host of its own, as docs/embedding.md shows it.</summary>
public static class Embedding
{
    public interface IApplication
    {
        Task FlushAsync(CancellationToken cancellationToken);
    }

    public static async Task HostAsync()
    {
        using PropertyStore store = new();
        await using BackupEngine engine = await BackupEngine.StartAsync(new BackupEngineOptions { Bus = store.Open(SecureId.Engine) });

        SecureId notesId = new(0x20000001);
        DataOwnerParticipant? participant = null;
        await using DirectoryDataOwner notes = new(new DirectoryOwnerOptions
        {
            Name = "notes", Path = "notes", Progress = () => participant?.ReportProgress(),
        });
        participant = new DataOwnerParticipant(store.Open(notesId), engine.Transport, notesId, notes);
        await using DataOwnerParticipant held = participant;
        await engine.RegisterAsync(new DataOwnerRegistration("notes", notesId) { Kind = "directory" }, participant.Planner);
    }

    public static DataOwnerParticipantOptions Prepare(IApplication application, Action<Exception> log)
    {
        DataOwnerParticipantOptions options = new()
        {
            PrepareAsync = async (client, mode, cancellationToken) =>
            {
                await application.FlushAsync(cancellationToken);
                return ErrorCode.Success;
            },
            Client = new ActiveBackupClientOptions { Lease = TimeSpan.FromMinutes(5), OnError = e => log(e) },
        };
        return options;
    }

    public static async Task BackupAsync(BackupEngine engine, CancellationToken cancellationToken)
    {
        IRepositoryStorage storage = new FolderStorage("backups");
        await using BackupRepository repository = await BackupRepository.ProbeAsync(storage, cancellationToken) == RepositoryPresence.Nothing
            ? await BackupRepository.CreateAsync(storage, new RepositoryOptions(), cancellationToken)
            : await BackupRepository.OpenAsync(storage, new RepositoryOptions(), cancellationToken);

        BackupReport report = await engine.BackupAsync(new BackupRequest { Repository = repository, Holder = "nightly backup" }, cancellationToken);
        foreach (OwnerReport owner in report.Owners)
        {
            Console.WriteLine($"{owner.Name}: {owner.Outcome} {owner.Error} {owner.Bytes} bytes, held {owner.Held}, {owner.Why}");
        }
    }

    public static async Task<RestoreReport> RestoreAsync(BackupEngine engine, BackupRepository repository, CancellationToken cancellationToken)
    {
        SetList sets = await repository.ListSetsAsync(cancellationToken);
        RestoreReport report = await engine.RestoreAsync(new RestoreRequest
        {
            Repository = repository,
            Set = sets[^1],
            InPlace = true,
        }, cancellationToken);
        return report;
    }
}
