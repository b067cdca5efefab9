using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Conn.PubSub;
using Microsoft.Win32.SafeHandles;

namespace Conn.DataOwners.Sqlite;

/// <summary>The file beside the target in which a restore is put together: 0600, held by a lock while its process lives, and never the target itself.</summary>
/// <remarks>A length of 0 says that its content is in place already.</remarks>
internal sealed class StagedFile : IDisposable
{
    private const int RandomBytes = 8;

    private StagedFile(string path, SafeFileHandle file)
    {
        FullPath = path;
        File = file;
    }

    public string FullPath { get; }

    public SafeFileHandle File { get; }

    public static string Prefix(string owner) => $".conn-restore-{owner}-";

    public static bool IsName(string owner, string name) =>
        name.StartsWith(Prefix(owner), StringComparison.Ordinal) && Regex.IsMatch(name[Prefix(owner).Length..], $"\\A[0-9a-f]{{{RandomBytes * 2}}}\\z");

    /// <summary>A new one beside all others: one that is there may be of a committed restore that waits to be rolled forward.</summary>
    public static StagedFile Create(SqliteOwnerOptions options)
    {
        string folder = Path.GetDirectoryName(options.DatabasePath)!;
        System.IO.Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, Prefix(options.Name) + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RandomBytes)));
        SafeFileHandle file = System.IO.File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        if (!OperatingSystem.IsWindows())
        {
            System.IO.File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return new StagedFile(path, file);
    }

    /// <summary>The staged file another process left, or null when there is none.</summary>
    public static StagedFile? Find(string path)
    {
        if (!System.IO.File.Exists(path))
        {
            return null;
        }

        try
        {
            return new StagedFile(path, System.IO.File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e)
        {
            throw new ConnException(ErrorCode.InUse, $"The staged copy {path} is held by another process: {e.Message}", e);
        }
    }

    /// <summary>Reads every page and compares it with the digest of the backed-up state.</summary>
    /// <returns>The digest by content only, by which a live database is compared.</returns>
    public byte[] Verify(StagedState state, Action? progress, CancellationToken cancellationToken)
    {
        long length = RandomAccess.GetLength(File);
        if (length != (long)state.PageCount * state.PageSize)
        {
            throw SqliteErrors.Damaged($"The staged copy has {length} bytes and should have {state.PageCount} pages of {state.PageSize}.");
        }

        StateDigest stored = new();
        StateDigest content = new();
        byte[] block = new byte[1024 * 1024];
        byte[] hash = new byte[PageHashes.HashBytes];
        for (long offset = 0; offset < length; offset += block.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int bytes = ReadFully(block.AsSpan(0, (int)Math.Min(block.Length, length - offset)), offset);
            for (int at = 0; at < bytes; at += state.PageSize)
            {
                Span<byte> page = block.AsSpan(at, state.PageSize);
                if (offset + at == 0)
                {
                    PageOne.SetWal(page, wal: false);
                }

                XxHash128.Hash(page, hash);
                stored.Append(hash);
                if (offset + at == 0)
                {
                    CheckHeader(page, state);
                    PageOne.KeepContentOnly(page);
                    XxHash128.Hash(page, hash);
                }

                content.Append(hash);
            }

            progress?.Invoke();
        }

        return stored.Finish(state.PageSize, state.PageCount).AsSpan().SequenceEqual(state.Digest)
            ? content.Finish(state.PageSize, state.PageCount)
            : throw SqliteErrors.Damaged("The staged pages are not those of the backed-up state: the digest differs.");
    }

    public void Delete()
    {
        File.Dispose();
        System.IO.File.Delete(FullPath);
    }

    public void Dispose() => File.Dispose();

    private static void CheckHeader(ReadOnlySpan<byte> page, StagedState state)
    {
        if (!page.StartsWith(PageOne.Magic) || PageOne.PageSizeOf(page) != state.PageSize || PageOne.PageCountOf(page) != state.PageCount)
        {
            throw SqliteErrors.Damaged("The restored pages do not begin with the header of a SQLite database of their size.");
        }
    }

    /// <summary>Removes what killed restores of this owner left; what a live one holds stays. For recovery only: what waits is not held by anybody.</summary>
    public static IReadOnlyList<string> Sweep(string folder, string owner)
    {
        List<string> removed = [];
        if (!System.IO.Directory.Exists(folder))
        {
            return removed;
        }

        foreach (string path in System.IO.Directory.EnumerateFiles(folder, Prefix(owner) + "*"))
        {
            if (!IsName(owner, Path.GetFileName(path)))
            {
                continue;
            }

            try
            {
                using (System.IO.File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                {
                    System.IO.File.Delete(path);
                    removed.Add($"What an interrupted restore had staged as '{Path.GetFileName(path)}' was removed; nothing of it had been put in place.");
                }
            }
            catch (IOException)
            {
                // Its restore is running in another process; that one finds its own end.
                continue;
            }
        }

        return removed;
    }

    private int ReadFully(Span<byte> destination, long offset)
    {
        int read = 0;
        while (read < destination.Length)
        {
            int piece = RandomAccess.Read(File, destination[read..], offset + read);
            if (piece == 0)
            {
                throw SqliteErrors.Damaged("The staged copy became shorter while it was read.");
            }

            read += piece;
        }

        return read;
    }
}
