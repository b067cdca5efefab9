using System.Globalization;
using Conn.ActiveBackup;
using Conn.Testing.Owners;

namespace Conn.PlantedBugs;

/// <summary>A notebook with forty notes in a folder of its own.</summary>
internal sealed class NotebookSubject : DataOwnerSubject
{
    private readonly string _folder = Directory.CreateTempSubdirectory("notebook-").FullName;
    private readonly PlantedBug _bug;
    private NotebookOwner? _owner;

    public NotebookSubject(PlantedBug bug)
    {
        _bug = bug;
        Write(Enumerable.Range(0, 40).ToDictionary(Name, _ => Text(0)));
    }

    public override IActiveBackupDataClient Client => _owner ??= new NotebookOwner(Book, Clock, _bug);

    private string Book => Path.Combine(_folder, "notes");

    /// <summary>Of every four notes one changes, one goes, and one comes for it.</summary>
    public override void Change(int seed)
    {
        Dictionary<string, string> notes = [];
        if (_bug == PlantedBug.ChangeOnlyAdds)
        {
            notes = new(Notebook.Read(Book)) { [Name(900 + seed)] = Text(seed) };
            Write(notes);
            return;
        }

        int number = 0;
        foreach ((string name, string text) in Notebook.Read(Book))
        {
            (string Name, string Text) kept = (number++ % 4) switch
            {
                0 => (name, Text(seed)),
                1 => (Name(1000 + (40 * seed) + number), Text(seed)),
                _ => (name, text),
            };
            notes[kept.Name] = kept.Text;
        }

        notes[Name(900 + seed)] = Text(seed);
        Write(notes);
    }

    public override void ChangeInPlace(int seed) => Write(Notebook.Read(Book).ToDictionary(
        n => n.Key, n => string.Concat(n.Value.Select((_, i) => (char)('a' + ((i + seed) % 26))))));

    public override void Clear() => Write([]);

    public override string Image(DriveNumber drive) => string.Join('\n', Notebook.Read(Book).Select(n => $"{n.Key}={n.Value}"));

    public override string? Held() => _owner is { Holds: true } ? "a snapshot, an open stream or staged notes are still in memory" : null;

    public override bool DamagePrepared()
    {
        foreach (string file in Directory.GetFiles(_folder, "*.staged"))
        {
            File.AppendAllText(file, "damage=of the disk\n");
        }

        return true;
    }

    public override ValueTask ReopenAsync()
    {
        _owner = null;
        return default;
    }

    public override ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return base.DisposeAsync();
    }

    private void Write(Dictionary<string, string> notes) =>
        Notebook.Write(Book, new SortedDictionary<string, string>(notes, StringComparer.Ordinal));

    private static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"note {number:0000}");

    /// <summary>Texts of different changes have different lengths, so that only <see cref="ChangeInPlace"/> keeps them.</summary>
    private static string Text(int seed) => string.Create(CultureInfo.InvariantCulture, $"text of change {seed}{new string('.', seed)}");
}
