using Conn;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Client;
using Conn.DataOwners;
using Conn.Engine;
using Conn.Repository;

namespace Snippets;

/// <summary>A host, as docs/embedding.md shows it.</summary>
public static class Embedding
{
    public interface IApplication
    {
        Task FlushAsync(CancellationToken cancellationToken);
    }

    public static async Task HostAsync(IApplication application, Action<Exception> log)
    {
        await using ConnHost host = await ConnHost.StartAsync(options => options with { NoProgressTimeout = TimeSpan.FromMinutes(5), OnError = log });
        await host.AddAsync(new DirectoryDataOwner("notes", "notes"));

        SqliteDataOwner ledger = new("ledger", "ledger.db");
        await host.AddAsync(ledger.Registration with { Policy = OwnerPolicy.BestEffort }, ledger, Prepare(application, log));
    }

    public static async Task<bool> SettleAsync(ConnHost host, BackupRepository repository)
    {
        ResumeReport resumed = await host.ResumeAsync(repository);
        return resumed.Outcome == OperationOutcome.Succeeded;
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
            Client = new ActiveBackupClientOptions { Lease = TimeSpan.FromMinutes(5), OnError = log },
        };
        return options;
    }

    public static async Task BackupAsync(ConnHost host, BackupRepository repository, CancellationToken cancellationToken)
    {
        BackupReport report = await host.Engine.BackupAsync(
            new BackupRequest { Repository = repository, Holder = "nightly backup", Tags = ["nightly"], Choice = BackupChoice.Base }, cancellationToken);
        foreach (OwnerReport owner in report.Owners)
        {
            Console.WriteLine($"{owner.Name}: {owner.Outcome} {owner.Error} {owner.Bytes} bytes, held {owner.Held}, {owner.Why}");
        }
    }

    public static async Task<RestoreReport> RestoreAsync(ConnHost host, BackupRepository repository, CancellationToken cancellationToken)
    {
        var sets = await repository.ListSetsAsync(cancellationToken);
        RestoreReport report = await host.Engine.RestoreAsync(
            new RestoreRequest { Repository = repository, Set = sets[^1], Owners = [DataOwnerRegistration.SidOf("notes")] }, cancellationToken);
        return report;
    }
}
