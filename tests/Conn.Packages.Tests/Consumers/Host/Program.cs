using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Contract;
using Conn.DataOwners.Directory;
using Conn.DataOwners.Sqlite;
using Conn.Engine;
using Conn.Engine.Operations;
using Conn.Engine.Reports;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Sets;
using Conn.Repository.Storage;
using Microsoft.Data.Sqlite;

// A host with a folder and a database: a backup, a change, an increment, a loss, a restore in place.
Directory.CreateDirectory("notes");
await File.WriteAllTextAsync("notes/a.txt", "first");
Execute("create table entry(text); insert into entry values('first')");

using PropertyStore store = new();
await using BackupEngine engine = await BackupEngine.StartAsync(new BackupEngineOptions { Bus = store.Open(SecureId.Engine) });
await using DirectoryDataOwner notes = new(new DirectoryOwnerOptions { Name = "notes", Path = "notes" });
await using SqliteDataOwner ledger = new(new SqliteOwnerOptions { Name = "ledger", DatabasePath = "ledger.db" });
await using DataOwnerParticipant notesParticipant = await AddAsync("notes", new SecureId(0x20000001), notes);
await using DataOwnerParticipant ledgerParticipant = await AddAsync("ledger", new SecureId(0x20000002), ledger);
await using BackupRepository repository = await BackupRepository.CreateAsync(new FolderStorage("backups"), new RepositoryOptions(), default);

await BackupAsync();
await File.WriteAllTextAsync("notes/a.txt", "second");
await File.WriteAllTextAsync("notes/b.txt", "new");
Execute("insert into entry values('second')");
await BackupAsync();

Directory.Delete("notes", recursive: true);
Directory.CreateDirectory("notes");
Execute("delete from entry");
SetList sets = await repository.ListSetsAsync(default);
RestoreReport restored = await engine.RestoreAsync(new RestoreRequest { Repository = repository, Set = sets[^1], InPlace = true }, default);
Console.WriteLine($"restore in place: {restored.Outcome}");
Console.WriteLine($"notes: {await File.ReadAllTextAsync("notes/a.txt")}, {await File.ReadAllTextAsync("notes/b.txt")}");
Console.WriteLine($"ledger: {Execute("select group_concat(text, ', ') from entry")}");

async Task<DataOwnerParticipant> AddAsync(string name, SecureId sid, IActiveBackupDataClient owner)
{
    DataOwnerParticipant participant = new(store.Open(sid), engine.Transport, sid, owner);
    await engine.RegisterAsync(new DataOwnerRegistration(name, sid), participant.Planner);
    return participant;
}

async Task BackupAsync()
{
    BackupReport report = await engine.BackupAsync(new BackupRequest { Repository = repository }, default);
    Console.WriteLine($"backup of {report.Owners.Count} owners: {report.Outcome}, {report.Type}");
}

static object? Execute(string sql)
{
    using SqliteConnection connection = new("Data Source=ledger.db;Pooling=False");
    connection.Open();
    using SqliteCommand command = connection.CreateCommand();
    command.CommandText = sql;
    return command.ExecuteScalar();
}
