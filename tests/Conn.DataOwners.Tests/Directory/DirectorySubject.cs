using System.IO.Hashing;
using Conn.ActiveBackup;
using Conn.Testing.Owners;

namespace Conn.DataOwners.Tests.Directory;

/// <summary>A directory owner over real trees of a few files, one for each drive, as the subject of the suites.</summary>
internal sealed class DirectorySubject : DataOwnerSubject
{
    private readonly Playground _playground = new();
    private readonly SortedDictionary<DriveNumber, string> _folders = [];
    private DirectoryDataOwner _owner;
    private bool _reopened;

    public DirectorySubject()
        : this(DriveList.Of(DriveNumber.C))
    {
    }

    public DirectorySubject(DriveList drives)
    {
        Drives = drives;
        foreach (DriveNumber drive in drives)
        {
            _folders.Add(drive, _folders.Count == 0 ? _playground.Source : _playground.At($"source-{drive.Index}"));
            System.IO.Directory.CreateDirectory(_folders[drive]);
        }

        _owner = Make();
        Change(0);
    }

    public override IActiveBackupDataClient Client => _owner;

    public override DriveList Drives { get; }

    public override int MinSectionBytes => 1;

    public override void Change(int seed)
    {
        Random random = new(seed);
        foreach (string folder in _folders.Values)
        {
            Change(folder, seed, random);
        }
    }

    public override void ChangeInPlace(int seed)
    {
        Random random = new(seed);
        foreach (string file in _folders.Values.SelectMany(f => System.IO.Directory.EnumerateFiles(f, "*", SearchOption.AllDirectories)).Order(StringComparer.Ordinal))
        {
            byte[] bytes = File.ReadAllBytes(file);
            random.NextBytes(bytes);
            using FileStream written = new(file, FileMode.Open);
            written.Write(bytes);
        }
    }

    public override void Clear()
    {
        foreach (FileSystemInfo entry in _folders.Values.SelectMany(f => new DirectoryInfo(f).EnumerateFileSystemInfos()))
        {
            if (entry is DirectoryInfo folder)
            {
                folder.Delete(recursive: true);
            }
            else
            {
                entry.Delete();
            }
        }
    }

    public override string Image(DriveNumber drive) => string.Join(", ", System.IO.Directory.EnumerateFileSystemEntries(_folders[drive], "*", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal).Select(f => Path.GetRelativePath(_folders[drive], f) + (File.Exists(f) ? $" {XxHash64.HashToUInt64(File.ReadAllBytes(f)):x}" : "/")));

    /// <summary>After the process died its staged tree stays until recovery; a living owner leaves nothing beside the folder.</summary>
    public override string? Held() => _reopened ? null : System.IO.Directory.EnumerateFileSystemEntries(_playground.Path).Where(f => !_folders.ContainsValue(f))
        .Select(f => $"{Path.GetFileName(f)} is left beside the folder").FirstOrDefault();

    public override ValueTask ReopenAsync()
    {
        _owner.LetGo();
        _owner = Make();
        _reopened = true;
        return ValueTask.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        await _owner.DisposeAsync();
        _playground.Dispose();
        await base.DisposeAsync();
    }

    private DirectoryDataOwner Make() => new(new DirectoryOwnerOptions { Name = "files", Drives = _folders });

    private static void Change(string root, int seed, Random random)
    {
        System.IO.Directory.CreateDirectory(Path.Combine(root, "below"));
        for (int i = 0; i < 4; i++)
        {
            // One stays, one changes, one comes; one of an earlier change goes.
            byte[] bytes = new byte[500 + random.Next(3000)];
            random.NextBytes(bytes);
            File.WriteAllBytes(Path.Combine(root, i switch { 0 => "changes", 1 => "below/changes", 2 => $"new-{seed}", _ => $"below/new-{seed}" }), bytes);
        }

        File.WriteAllText(Path.Combine(root, "stays"), "the same");
        foreach (string old in System.IO.Directory.EnumerateFiles(root, "new-*").Where(f => !f.EndsWith($"new-{seed}", StringComparison.Ordinal)).Take(1))
        {
            File.Delete(old);
        }
    }
}
