using Conn.Engine;
using Conn.Repository;

await using ConnHost host = await ConnHost.StartAsync();
await host.AddAsync(new SettingsOwner("settings.json"));
await using BackupRepository repository = await BackupRepository.OpenOrCreateAsync("backups");

await host.BackupAsync(repository);
File.Delete("settings.json");
await host.RestoreAsync(repository);
Console.WriteLine(File.ReadAllText("settings.json"));
