using Conn.ActiveBackup.Contract;
using Conn.DataOwners.Directory;
using Conn.DataOwners.Sqlite;
using Conn.Engine;
using Conn.Engine.Reports;
using Conn.Repository;
using Microsoft.Data.Sqlite;

// A host with a folder and a database: a backup, a change, an increment, a loss, a restore in place.
Directory.CreateDirectory("notes");
await File.WriteAllTextAsync("notes/a.txt", "first");
Execute("create table entry(text); insert into entry values('first')");

await using ConnHost host = await ConnHost.StartAsync();
await host.AddAsync(Registration("notes"), new DirectoryDataOwner(new DirectoryOwnerOptions { Name = "notes", Path = "notes" }));
await host.AddAsync(Registration("ledger"), new SqliteDataOwner(new SqliteOwnerOptions { Name = "ledger", DatabasePath = "ledger.db" }));
await using BackupRepository repository = await BackupRepository.OpenOrCreateAsync("backups");

await BackupAsync();
await File.WriteAllTextAsync("notes/a.txt", "second");
await File.WriteAllTextAsync("notes/b.txt", "new");
Execute("insert into entry values('second')");
await BackupAsync();

Directory.Delete("notes", recursive: true);
Directory.CreateDirectory("notes");
Execute("delete from entry");
RestoreReport restored = await host.RestoreAsync(repository);
Console.WriteLine($"restore in place: {restored.Outcome}");
Console.WriteLine($"notes: {await File.ReadAllTextAsync("notes/a.txt")}, {await File.ReadAllTextAsync("notes/b.txt")}");
Console.WriteLine($"ledger: {Execute("select group_concat(text, ', ') from entry")}");

static DataOwnerRegistration Registration(string name) => new(name, DataOwnerRegistration.SidOf(name));

async Task BackupAsync()
{
    BackupReport report = await host.BackupAsync(repository);
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
