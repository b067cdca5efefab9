using Conn.Engine;
using Conn.PubSub;
using Xunit;

namespace NotesOwner;

/// <summary>The host with real files: a base, an increment, and the notes as they were.</summary>
public sealed class NotesHostTests
{
    /// <summary>What was written after the last backup is gone, what was written before it is back.</summary>
    [Fact]
    public async Task The_notes_come_back_as_they_were_at_the_last_backup()
    {
        string folder = Directory.CreateTempSubdirectory("notes-host-").FullName;
        string notes = Path.Combine(folder, "notes.txt");
        CancellationToken token = TestContext.Current.CancellationToken;
        await using (NotesHost host = await NotesHost.StartAsync(notes))
        {
            await File.WriteAllTextAsync(notes, "buy milk\n", token);
            BackupReport first = await host.BackupAsync(Path.Combine(folder, "backups"), token);
            await File.AppendAllTextAsync(notes, "call mother\n", token);
            BackupReport second = await host.BackupAsync(Path.Combine(folder, "backups"), token);
            await File.WriteAllTextAsync(notes, "all gone\n", token);

            RestoreReport restored = await host.RestoreNewestAsync(Path.Combine(folder, "backups"), token);

            Assert.Equal((OperationOutcome.Succeeded, BackupIncType.Base), (first.Outcome, first.Type));
            Assert.Equal((OperationOutcome.Succeeded, BackupIncType.Increment), (second.Outcome, second.Type));
            Assert.Equal(OperationOutcome.Succeeded, restored.Outcome);
        }

        Assert.Equal("buy milk\ncall mother\n", await File.ReadAllTextAsync(notes, token));
        Directory.Delete(folder, recursive: true);
    }
}
