using System.IO.Compression;

namespace Conn.Parsers.Tests;

/// <summary>The inputs that campaigns kept for a parser: those that took a branch first in an archive, and those that escaped once as files.</summary>
internal static class KeptInputs
{
    // Longer ones are of use to a campaign and not worth their room beside the tests.
    private const int MaxBytes = 8 << 10;
    private static readonly DateTimeOffset NoTime = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Gets the inputs that are kept as tests.</summary>
    public static IEnumerable<byte[]> Of(FuzzedParser parser)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "Kept");
        foreach (string escaped in Directory.EnumerateFiles(folder, parser.Name + "-escape-*"))
        {
            yield return File.ReadAllBytes(escaped);
        }

        string path = Archive(folder, parser);
        if (!File.Exists(path))
        {
            yield break;
        }

        using ZipArchive archive = ZipFile.OpenRead(path);
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            using Stream stream = entry.Open();
            using MemoryStream bytes = new();
            stream.CopyTo(bytes);
            yield return bytes.ToArray();
        }
    }

    /// <summary>Writes inputs into the archive of a parser in a folder.</summary>
    public static void Write(string folder, FuzzedParser parser, IEnumerable<byte[]> inputs)
    {
        Directory.CreateDirectory(folder);
        string path = Archive(folder, parser);
        using (ZipArchive archive = new(File.Create(path + ".new"), ZipArchiveMode.Create))
        {
            int number = 0;
            foreach (byte[] input in inputs.Where(static input => input.Length <= MaxBytes))
            {
                ZipArchiveEntry entry = archive.CreateEntry($"{number++:D5}", CompressionLevel.SmallestSize);
                entry.LastWriteTime = NoTime;
                using Stream stream = entry.Open();
                stream.Write(input);
            }
        }

        File.Move(path + ".new", path, overwrite: true);
    }

    private static string Archive(string folder, FuzzedParser parser) => Path.Combine(folder, parser.Name + ".zip");
}
