using System.Buffers.Binary;
using System.Security.Cryptography;
using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository;

/// <summary>Looks at a place, and makes a repository there: the format file comes last, so that an interrupted creation is nothing yet.</summary>
internal static class RepositoryPlace
{
    // A file system's own folder at its root; a disk given to a repository has one.
    private const string LostAndFound = "lost+found";

    private static readonly HashSet<string> Known =
    [
        RepositoryLayout.FormatFile, RepositoryLayout.IndexFile, RepositoryLayout.LockFile, RepositoryLayout.HolderFile,
        RepositoryLayout.Sets, RepositoryLayout.Unfinished, RepositoryLayout.Restores,
        RepositoryLayout.FormatFile + RepositoryLayout.NewSuffix, RepositoryLayout.IndexFile + RepositoryLayout.NewSuffix,
    ];

    public static async ValueTask<RepositoryPresence> ProbeAsync(IRepositoryStorage storage, CancellationToken cancellationToken)
    {
        var entries = (await storage.ListAsync("", cancellationToken) ?? []).Where(static entry => entry.Name != LostAndFound).ToList();
        if (entries.Exists(static entry => entry is { Name: RepositoryLayout.FormatFile, IsFolder: false }))
        {
            try
            {
                await ReadFormatAsync(storage, cancellationToken);
                return RepositoryPresence.Repository;
            }
            catch (RepositoryException error) when (error.Failure == RepositoryFailure.NewerFormat)
            {
                return RepositoryPresence.Repository;
            }
            catch (RepositoryException error) when (error.Failure is RepositoryFailure.Damaged or RepositoryFailure.NoRepository)
            {
                return RepositoryPresence.Damaged;
            }
        }

        if (await HoldsSomethingAsync(storage, cancellationToken))
        {
            return RepositoryPresence.Damaged;
        }

        return entries.TrueForAll(static entry => Known.Contains(entry.Name)) ? RepositoryPresence.Nothing : RepositoryPresence.Foreign;
    }

    /// <summary>Reads the format file.</summary>
    /// <exception cref="RepositoryException">NoRepository, Damaged, NewerFormat.</exception>
    public static async ValueTask<FormatRecord> ReadFormatAsync(IRepositoryStorage storage, CancellationToken cancellationToken) =>
        await RecordFile.ReadAsync(storage, RepositoryLayout.FormatFile, cancellationToken) is { } bytes
            ? FormatRecord.Open(bytes)
            : throw new RepositoryException(RepositoryFailure.NoRepository, $"There is no repository at {storage.Place}.");

    public static async ValueTask CreateAsync(IRepositoryStorage storage, RepositoryOptions options, CancellationToken cancellationToken)
    {
        Require(await ProbeAsync(storage, cancellationToken), storage);
        await storage.CreateFolderAsync("", cancellationToken);
        await storage.CreateFolderAsync(RepositoryLayout.Sets, cancellationToken);
        await storage.CreateFolderAsync(RepositoryLayout.Unfinished, cancellationToken);
        await storage.CreateFolderAsync(RepositoryLayout.Restores, cancellationToken);
        await EnsureLockFileAsync(storage, cancellationToken);
        await using var held = await storage.TryLockAsync(RepositoryLayout.LockFile, cancellationToken)
            ?? throw new RepositoryException(RepositoryFailure.InUse, $"Somebody else is creating a repository at {storage.Place}.");

        // Two creators may have come this far: the lock decides, and the second finds the first one's work.
        Require(await ProbeAsync(storage, cancellationToken), storage);
        var id = new byte[16];
        if (options.Random is { } random)
        {
            random.NextBytes(id);
        }
        else
        {
            RandomNumberGenerator.Fill(id);
        }

        UInt128 identity = BinaryPrimitives.ReadUInt128BigEndian(id);
        await storage.FlushFolderAsync("", cancellationToken);
        await RecordFile.PrepareAsync(storage, RepositoryLayout.IndexFile, new IndexRecord(identity, 0, 0, [], [], []), cancellationToken);
        await RecordFile.PlaceAsync(storage, "", RepositoryLayout.IndexFile, cancellationToken);
        await RecordFile.PrepareAsync(storage, RepositoryLayout.FormatFile, new FormatRecord(identity), cancellationToken);
        await RecordFile.PlaceAsync(storage, "", RepositoryLayout.FormatFile, cancellationToken);
    }

    public static async ValueTask EnsureLockFileAsync(IRepositoryStorage storage, CancellationToken cancellationToken)
    {
        // Listed, not opened: opening a file that somebody holds locked fails on some systems.
        if ((await storage.ListAsync("", cancellationToken) ?? []).Any(static entry => entry.Name == RepositoryLayout.LockFile))
        {
            return;
        }

        await (await storage.CreateAsync(RepositoryLayout.LockFile, cancellationToken)).DisposeAsync();
        await storage.FlushFolderAsync("", cancellationToken);
    }

    private static async ValueTask<bool> HoldsSomethingAsync(IRepositoryStorage storage, CancellationToken cancellationToken)
    {
        foreach (var folder in new[] { RepositoryLayout.Sets, RepositoryLayout.Restores })
        {
            var entries = await storage.ListAsync(folder, cancellationToken) ?? [];
            if (entries.Any(static entry => RepositoryLayout.TryParseNumbered(entry.Name, out _, out _)))
            {
                return true;
            }
        }

        // All sets may be gone, too: an index that once listed one is a repository's.
        try
        {
            return await RecordFile.ReadAsync(storage, RepositoryLayout.IndexFile, cancellationToken) is { } bytes
                && IndexRecord.Open(bytes) is var index && (index.LastSequence > 0 || index.LastRestore > 0);
        }
        catch (RepositoryException error) when (error.Failure is RepositoryFailure.Damaged or RepositoryFailure.NewerFormat)
        {
            return error.Failure == RepositoryFailure.NewerFormat;
        }
    }

    private static void Require(RepositoryPresence presence, IRepositoryStorage storage)
    {
        switch (presence)
        {
            case RepositoryPresence.Repository:
                throw new InvalidOperationException($"A repository is at {storage.Place} already; open it.");
            case RepositoryPresence.Foreign:
                throw new RepositoryException(RepositoryFailure.Foreign, $"{storage.Place} holds something else; a repository is created in an empty or new folder.");
            case RepositoryPresence.Damaged:
                throw new RepositoryException(
                    RepositoryFailure.Damaged, $"{storage.Place} holds a repository whose format file is missing or damaged; verify names what is wrong.");
            default:
                return;
        }
    }
}
