using Conn.Cli.Output;
using Conn.Cli.Owners;
using Conn.Repository.Sets;

namespace Conn.Cli.Verbs;

/// <summary>What a restore would do with one owner, for <c>--dry-run</c>.</summary>
/// <param name="Name">The owner.</param>
/// <param name="Source">Where the data came from; null if the set does not say.</param>
/// <param name="Target">Where it would go.</param>
/// <param name="Replaces">What lies there.</param>
internal sealed record RestorePreview(string Name, string? Source, string Target, string Replaces)
{
    public static RestorePreview Of(OwnerSpec owner, BackupSet set) => new(owner.Name,
        set.Part(owner.Sid.Value)?.Source is { Length: > 0 } source ? source : null, owner.Source, string.Join(", ", owner.Drives.Values.Select(WhatIs)));

    private static string WhatIs(string path)
    {
        try
        {
            return Directory.Exists(path) ? $"a folder with {Entries(path)}"
                : new FileInfo(path) is { Exists: true } file ? $"a file of {Sizes.Bytes(file.Length)}" : "nothing";
        }
        catch (UnauthorizedAccessException)
        {
            return "a folder that cannot be read";
        }
    }

    private static string Entries(string path) => Directory.EnumerateFileSystemEntries(path).Count() is 1 ? "1 entry" : $"{Directory.EnumerateFileSystemEntries(path).Count()} entries";
}
