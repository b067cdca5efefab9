using System.Globalization;
using Conn.ActiveBackup;
using Conn.Testing.Owners;

namespace NotesOwner;

/// <summary>What the suites and the simulation must know of the notes: how they change, how they look.</summary>
internal sealed class NotesSubject : DataOwnerSubject
{
    private readonly string _folder = Directory.CreateTempSubdirectory("notes-").FullName;
    private PreparedNotesOwner _owner;

    public NotesSubject()
    {
        _owner = new PreparedNotesOwner(NotesFile);
        Change(0);
    }

    public override IActiveBackupDataClient Client => _owner;

    // The owner awaits a file.
    public override bool RealWork => true;

    private string NotesFile => Path.Combine(_folder, "notes.txt");

    public override void Change(int seed) => File.WriteAllText(
        NotesFile, string.Concat(Enumerable.Range(seed, 60).Select(i => string.Create(CultureInfo.InvariantCulture, $"note {i} of {seed}\n"))));

    public override void ChangeInPlace(int seed) => File.WriteAllText(
        NotesFile, string.Concat(File.ReadAllText(NotesFile).Select((c, i) => c == '\n' ? c : (char)('a' + ((i + seed) % 26)))));

    public override void Clear() => File.WriteAllText(NotesFile, "");

    public override string Image(DriveNumber drive) => File.ReadAllText(NotesFile);

    public override bool DamagePrepared()
    {
        Array.ForEach(Directory.GetFiles(_folder, "*.prepared"), f => File.AppendAllText(f, "damage"));
        return true;
    }

    public override ValueTask ReopenAsync()
    {
        _owner = new PreparedNotesOwner(NotesFile);
        return ValueTask.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return base.DisposeAsync();
    }
}
