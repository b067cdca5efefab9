using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;

namespace Conn.DataOwners.Sqlite;

/// <summary>The file beside the target in which a restore is put together: 0600 from its creation, held by a lock while its process lives, and never the target
/// itself.</summary>
/// <remarks>A length of 0 says that its content is in place already.</remarks>
internal sealed class StagedFile : IDisposable
{
    private const int RandomBytes = 8;

    private readonly FileLock _lock;

    private StagedFile(string path, FileLock held)
    {
        FullPath = path;
        _lock = held;
    }

    public string FullPath { get; }

    public SafeFileHandle File => _lock.File;

    public static string Prefix(string owner) => $".conn-restore-{owner}-";

    /// <summary>Whether a name is one of a staged file of an owner.</summary>
    public static bool IsName(string owner, string name) =>
        name.StartsWith(Prefix(owner), StringComparison.Ordinal) && Regex.IsMatch(name[Prefix(owner).Length..], $"\\A[0-9a-f]{{{RandomBytes * 2}}}\\z");

    /// <summary>A new one beside all others: one that is there may be of a committed restore that waits to be rolled forward.</summary>
    public static StagedFile Create(SqliteOwnerOptions options)
    {
        string folder = Path.GetDirectoryName(options.DatabasePath)!;
        MakeFolder(folder);
        while (true)
        {
            string path = Path.Combine(folder, Prefix(options.Name) + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RandomBytes)));

            // Null: a recovery in another process found it before it was locked, and removed it.
            if (FileLock.TryCreate(path) is { } held)
            {
                return new StagedFile(path, held);
            }
        }
    }

    /// <summary>The staged file another process of this user left, or null when there is none.</summary>
    /// <exception cref="ConnException">InUse: another process holds it. AccessDenied: another user made it.</exception>
    public static StagedFile? Find(string path)
    {
        if (OwnFile.TryOpen(path) is not { } file)
        {
            return null;
        }

        return TryTake(file, path) is { } held
            ? new StagedFile(path, held)
            : throw new ConnException(ErrorCode.InUse, $"The staged copy {path} is held by another process. Let its restore end, then try again.");
    }

    /// <summary>Takes the lock of an open staged file; null when a live restore has it.</summary>
    public static FileLock? TryTake(SafeFileHandle file, string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            return FileLock.TryTake(file, path);
        }

        file.Dispose();
        return FileLock.TryTake(path);
    }

    /// <summary>Reads every page and compares it with the digest of the backed-up state.</summary>
    /// <returns>The digest by content only, by which a live database is compared.</returns>
    public byte[] Verify(StagedState state, Action? progress, CancellationToken cancellationToken) => StateCheck.Verify(File, state, progress, cancellationToken);

    /// <summary>The text encoding of the staged database; null for none that SQLite knows.</summary>
    public string? Encoding()
    {
        byte[] header = new byte[PageOne.HeaderBytes];
        return RandomAccess.Read(File, header, 0) == header.Length ? PageOne.EncodingOf(header) : null;
    }

    /// <summary>Marks the content as in place, for a process that resumes this restore. The restore is carried out, so a failure is a note.</summary>
    public void MarkInPlace(RemarkList remarks)
    {
        try
        {
            RandomAccess.SetLength(File, 0);
            DeviceFlush.File(File, FullPath);
        }
        catch (IOException e)
        {
            remarks.Note($"The restored state is in place. That could not be recorded beside the database: {e.Message}");
        }
    }

    /// <summary>Removes the staged file, and then what was recorded about its commit.</summary>
    public void Delete()
    {
        _lock.Dispose();
        System.IO.File.Delete(FullPath);
        CommitMark.Delete(FullPath);
    }

    public void Dispose() => _lock.Dispose();

    // The new folders are in their parents' entries: those are flushed too.
    private static void MakeFolder(string folder)
    {
        if (System.IO.Directory.Exists(folder) || Path.GetDirectoryName(folder) is not { } parent)
        {
            return;
        }

        MakeFolder(parent);
        System.IO.Directory.CreateDirectory(folder);
        DeviceFlush.Folder(parent);
    }
}
