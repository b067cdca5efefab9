using Conn.Engine;
using Conn.Repository;

await using ConnHost host = await ConnHost.StartAsync();
await host.AddAsync(new SettingsOwner("settings.json"));
await using BackupRepository repository = await BackupRepository.OpenOrCreateAsync("backups");

File.WriteAllText("settings.json", """{"volume": 7}""");
BackupReport backup = await host.BackupAsync(repository);
File.Delete("settings.json");
RestoreReport restore = await host.RestoreAsync(repository);
Console.WriteLine(restore.Outcome == OperationOutcome.Succeeded ? File.ReadAllText("settings.json") : backup.ToJson() + restore.ToJson());
