using System.Security.Cryptography;
using System.Text;
using Conn.Cli.Tests.Running;

namespace Conn.Cli.Tests.Trees;

/// <summary>Five rounds of what happens to a tree between two backups, the same for every tree: the files are taken from its sorted list.</summary>
internal sealed class TreeChanges
{
    private const long SparseBytes = 1L << 40;
    private readonly string _root;
    private readonly string[] _files;
    private int _next;
    private string _turning = "";

    /// <param name="root">The tree.</param>
    /// <param name="print">What it holds; only files with one name, a usable name and some bytes are touched.</param>
    public TreeChanges(string root, TreePrint print)
    {
        _root = root;
        string[] files = [.. print.Entries.Where(e => e.Value is { Kind: 'f', Size: > 0, FirstName: "" } && Ascii.IsValid(e.Key)).Select(e => e.Key)];
        int step = Math.Max(1, files.Length / 160);
        _files = [.. files.Where((_, i) => i % step == 0)];
    }

    public static int Rounds => 5;

    public void Round(int number)
    {
        switch (number)
        {
            case 1:
                AppendAndDelete();
                break;
            case 2:
                RenameAndSwap();
                break;
            case 3:
                TurnKinds();
                break;
            case 4:
                ModesAndNames();
                break;
            default:
                EmptyFoldersAndHoles();
                break;
        }
    }

    private void AppendAndDelete()
    {
        for (int i = 0; i < 15; i++)
        {
            File.AppendAllText(Next(), "one more line\n");
            File.Delete(Next());
        }

        using FileStream sparse = new(Path.Combine(_root, "sparse"), FileMode.CreateNew);
        sparse.SetLength(SparseBytes);
        sparse.Position = SparseBytes / 3;
        sparse.Write(RandomNumberGenerator.GetBytes(1 << 20));
    }

    private void RenameAndSwap()
    {
        string[] chain = [Next(), Next(), Next(), Next()];
        File.Delete(chain[3]);
        for (int i = 2; i >= 0; i--)
        {
            File.Move(chain[i], chain[i + 1]);
        }

        Swap(Next(), Next());
        string far = Path.Combine(_root, "moved", "far", "away");
        Directory.CreateDirectory(far);
        File.Move(Next(), Path.Combine(far, "file"));
    }

    private void TurnKinds()
    {
        // A file becomes a folder, another a link, a folder a link, and what was moved far away goes with its folder.
        string folder = _turning = Next();
        File.Delete(folder);
        Directory.CreateDirectory(Path.Combine(folder, "inside"));
        File.WriteAllText(Path.Combine(folder, "inside", "note"), "a folder now");
        string link = Next();
        File.Delete(link);
        File.CreateSymbolicLink(link, "/nowhere/at all");
        Directory.Delete(Path.Combine(_root, "moved"), true);
        Directory.CreateSymbolicLink(Path.Combine(_root, "moved"), folder);
    }

    private void ModesAndNames()
    {
        for (int i = 0; i < 10; i++)
        {
            string file = Next();
            File.SetUnixFileMode(file, File.GetUnixFileMode(file) ^ UnixFileMode.GroupWrite ^ UnixFileMode.OtherExecute);
        }

        string old = Next();
        LinuxCalls.HardLink(old, old + ".second name");
        LinuxCalls.HardLink(old, Path.Combine(_root, "third name"));

        // What was turned into a folder in the last round becomes a link, and what was turned into a link a file.
        Directory.Delete(_turning, true);
        File.CreateSymbolicLink(_turning, "inside");
        File.Delete(Path.Combine(_root, "moved"));
        File.WriteAllText(Path.Combine(_root, "moved"), "a file at last");
    }

    private void EmptyFoldersAndHoles()
    {
        // Two folders with all that is in them change places. From here on the list of files is of no use.
        string[] folders = [.. Directory.EnumerateDirectories(_root).Where(f => new DirectoryInfo(f).LinkTarget is null).Order(StringComparer.Ordinal)];
        if (folders.Length >= 2)
        {
            Swap(folders[0], folders[1]);
        }

        for (int i = 0; i < 5; i++)
        {
            Directory.CreateDirectory(Path.Combine(_root, "empty", $"{i}", "below"));
        }

        using FileStream sparse = new(Path.Combine(_root, "sparse"), FileMode.Open);
        sparse.Position = SparseBytes - 4096;
        sparse.Write(RandomNumberGenerator.GetBytes(4096));
    }

    private void Swap(string one, string other)
    {
        string aside = Path.Combine(_root, "swap aside");
        Directory.Move(one, aside);
        Directory.Move(other, one);
        Directory.Move(aside, other);
    }

    private string Next() => Path.Combine(_root, _files[_next++ % _files.Length]);
}
