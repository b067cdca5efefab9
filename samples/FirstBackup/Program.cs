using Conn.DataOwners;
using Conn.Engine;
using Conn.Repository;

await using ConnHost host = await ConnHost.StartAsync();
await host.AddAsync(new DirectoryDataOwner("notes", "notes"));
await host.AddAsync(new SqliteDataOwner("ledger", "ledger.db"));
await using BackupRepository repository = await BackupRepository.OpenOrCreateAsync("backups");

BackupReport backup = await host.BackupAsync(repository);       // a base first, then increments
Console.WriteLine($"{backup.Outcome}, verified: {backup.Verified}");

RestoreReport restored = await host.RestoreAsync(repository);   // the newest set, in place, all or nothing
Console.WriteLine($"{restored.Outcome}, set {restored.SetId}");
