using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Contract;
using Conn.DataOwners.Directory;
using Conn.Engine;
using Conn.Engine.Operations;
using Conn.Engine.Reports;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Storage;

namespace Snippets;

/// <summary>The first lines of the README.</summary>
public static class Quickstart
{
    public static async Task RunAsync()
    {
        using PropertyStore store = new();
        await using BackupEngine engine = await BackupEngine.StartAsync(new BackupEngineOptions { Bus = store.Open(SecureId.Engine) });
        SecureId sid = new(0x20000001);
        await using DirectoryDataOwner notes = new(new DirectoryOwnerOptions { Name = "notes", Path = "notes" });
        await engine.RegisterAsync(new DataOwnerRegistration("notes", sid) { Kind = "directory" });
        await using DataOwnerParticipant participant = new(store.Open(sid), engine.Transport, sid, notes);
        await using BackupRepository repository = await BackupRepository.CreateAsync(new FolderStorage("backups"), new RepositoryOptions(), default);
        BackupReport report = await engine.BackupAsync(new BackupRequest { Repository = repository }, default);
        Console.WriteLine($"{report.Set?.Id}: {report.Outcome}, verified {report.Verified}");
    }
}
