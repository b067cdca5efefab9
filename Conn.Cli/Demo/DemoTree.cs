using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Conn.Cli.Demo;

/// <summary>The demo's real files: made, changed, lost, and compared byte by byte with what they were.</summary>
internal sealed class DemoTree
{
    private readonly string _root;
    private readonly Random _random;

    public DemoTree(string root, int seed)
    {
        _root = root;
        _random = new Random(seed);
    }

    public string Root => _root;

    /// <summary>Real files of this machine (the runtime's, or the tool's own one that has the runtime in it), and what backup tools stumble over: links, odd
    /// names, empty folders, holes.</summary>
    public void Make(int smallFiles)
    {
        // A tool that was compiled ahead of time may stand in a folder of any other programs.
        Copy(RuntimeFeature.IsDynamicCodeSupported ? Directory.EnumerateFiles(RuntimeEnvironment.GetRuntimeDirectory()) : [Environment.ProcessPath!],
            Path.Combine(_root, "runtime"));
        for (int i = 0; i < smallFiles; i++)
        {
            Write(Path.Combine(_root, "notes", (i % 50).ToString("00", null), $"note {i}.txt"), Text(_random.Next(20, 6000)));
        }

        Directory.CreateDirectory(Path.Combine(_root, "empty"));
        Write(Path.Combine(_root, "odd", "ünïcode – \t name"), Text(100));
        File.CreateSymbolicLink(Path.Combine(_root, "odd", "link"), "../notes/00/note 0.txt");
        using FileStream sparse = File.Create(Path.Combine(_root, "odd", "sparse.img"));
        sparse.SetLength(1L << 27);
        sparse.Seek(1L << 26, SeekOrigin.Begin);
        sparse.Write(Encoding.UTF8.GetBytes(Text(4096)));
    }

    /// <summary>Appends, deletes, adds, renames a folder, changes a mode.</summary>
    /// <returns>What was done, in words.</returns>
    public string Change()
    {
        string[] notes = [.. Directory.EnumerateFiles(Path.Combine(_root, "notes"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        int appended = 0;
        int deleted = 0;
        for (int i = 0; i < notes.Length; i += 40)
        {
            if (i % 80 == 0)
            {
                File.AppendAllText(notes[i], Text(200));
                appended++;
            }
            else
            {
                File.Delete(notes[i]);
                deleted++;
            }
        }

        Write(Path.Combine(_root, "notes", "new", "added.txt"), Text(5000));
        Directory.Move(Path.Combine(_root, "runtime"), Path.Combine(_root, "runtime renamed"));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path.Combine(_root, "notes", "new", "added.txt"), UnixFileMode.UserRead);
        }

        return $"{appended} files appended, {deleted} deleted, 1 added and made read-only, 1 folder renamed";
    }

    /// <summary>Everything there is: path, kind, size, mode, modification time, and a hash of the content.</summary>
    public SortedDictionary<string, string> Fingerprint()
    {
        SortedDictionary<string, string> found = new(StringComparer.Ordinal);
        foreach (FileSystemInfo entry in new DirectoryInfo(_root).EnumerateFileSystemInfos("*", SearchOption.AllDirectories))
        {
            string mode = OperatingSystem.IsWindows() ? "" : entry.UnixFileMode.ToString();
            string what = entry.LinkTarget is { } target ? $"link to {target}"
                : entry is FileInfo file ? $"file {file.Length} {mode} {entry.LastWriteTimeUtc.Ticks} {Hash(file)}"
                : $"folder {mode} {entry.LastWriteTimeUtc.Ticks}";
            found.Add(Path.GetRelativePath(_root, entry.FullName), what);
        }

        return found;
    }

    public long Bytes() => new DirectoryInfo(_root).EnumerateFiles("*", SearchOption.AllDirectories)
        .Where(f => f.LinkTarget is null && f.Extension != ".img").Sum(f => f.Length);

    private static string Hash(FileInfo file)
    {
        using FileStream stream = file.OpenRead();
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static void Copy(IEnumerable<string> files, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in files)
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    private static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private string Text(int length)
    {
        StringBuilder text = new(length + 8);
        while (text.Length < length)
        {
            text.Append((char)('a' + _random.Next(26))).Append(_random.Next(8) == 0 ? ' ' : (char)('a' + _random.Next(26)));
        }

        return text.ToString();
    }
}
