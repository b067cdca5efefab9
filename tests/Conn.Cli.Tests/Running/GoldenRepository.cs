using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using Conn.Cli.Tests.Trees;

namespace Conn.Cli.Tests.Running;

/// <summary>A repository as an earlier version wrote it: an archive of the repository, and a text of what each of its sets must give back. Neither is ever changed.</summary>
internal static class GoldenRepository
{
    public static readonly string[] Names = ["plain", "encrypted", "chain", "pruned"];

    /// <summary>The content of the key file of the encrypted one.</summary>
    public static readonly byte[] KeyFile = [.. Enumerable.Range(1, 32).Select(static i => (byte)i)];

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "golden");

    /// <summary>Unpacks one to the repository of a workplace.</summary>
    public static void Unpack(string name, Workplace place)
    {
        Directory.CreateDirectory(place.Repo);
        using FileStream file = File.OpenRead(Path.Combine(Folder, name + ".tar.gz"));
        using GZipStream tar = new(file, CompressionMode.Decompress);
        TarFile.ExtractToDirectory(tar, place.Repo, overwriteFiles: false);
    }

    /// <summary>What each set must give back, by its sequence.</summary>
    public static IReadOnlyDictionary<long, string> Expected(string name) =>
        JsonSerializer.Deserialize<Dictionary<long, string>>(File.ReadAllText(Path.Combine(Folder, name + ".json")))!;

    /// <summary>Writes a new one: only for a format that none has yet.</summary>
    public static void Pack(string folder, string name, Workplace place, IReadOnlyDictionary<long, string> expected)
    {
        using (FileStream file = new(Path.Combine(folder, name + ".tar.gz"), FileMode.CreateNew))
        using (GZipStream tar = new(file, CompressionLevel.SmallestSize))
        {
            TarFile.CreateFromDirectory(place.Repo, tar, includeBaseDirectory: false);
        }

        File.WriteAllText(Path.Combine(folder, name + ".json"), JsonSerializer.Serialize(expected, Indented) + "\n");
    }

    /// <summary>A folder and a database as text: what does not depend on who restores and where.</summary>
    public static async Task<string> PrintAsync(string docs, string database) => await PrintAsync(docs) + "\n" + Ledger.Print(database);

    /// <summary>A folder as text.</summary>
    public static async Task<string> PrintAsync(string docs)
    {
        TreePrint tree = await TreePrint.OfAsync(docs);
        return string.Join('\n', tree.Entries.Select(static e => $"{Uri.EscapeDataString(e.Key)} {e.Value.Kind} {e.Value.Mode} {e.Value.Size} {e.Value.Modified} "
            + $"{Uri.EscapeDataString(e.Value.Content)} {Uri.EscapeDataString(e.Value.FirstName)}".Trim()));
    }
}
