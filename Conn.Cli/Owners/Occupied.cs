using Conn.Cli.Output;

namespace Conn.Cli.Owners;

/// <summary>What lies at the place of an owner before a restore, in words.</summary>
internal static class Occupied
{
    public static string By(OwnerSpec owner) => owner.Command is not null ? $"what its program {owner.Path} keeps"
        : string.Join(", ", owner.Drives.Values.Select(What));

    private static string What(string path)
    {
        try
        {
            return Directory.Exists(path) ? $"a folder with {Sizes.Count(Directory.EnumerateFileSystemEntries(path).LongCount(), "entry", "entries")}"
                : new FileInfo(path) is { Exists: true } file ? $"a file of {Sizes.Bytes(file.Length)}" : "nothing";
        }
        catch (UnauthorizedAccessException)
        {
            return "a folder that cannot be read";
        }
    }
}
