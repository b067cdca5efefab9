using System.Runtime.CompilerServices;
using System.Text;
using Conn.ActiveBackup.Content;
using Conn.DataOwners.Sqlite;
using Microsoft.Win32.SafeHandles;

namespace Conn.DataOwners;

/// <summary>Lists and extracts what a repository holds of a <see cref="SqliteDataOwner"/>: one database file. Safe for several threads.</summary>
/// <remarks>An extraction puts the database together in a temporary file without a name, and hands it over once every page was checked.</remarks>
/// <param name="fileName">The name of the database file, not empty and without <c>/</c>.</param>
/// <param name="spoolFolder">Where the temporary file is; null (default) for the system's temporary folder.</param>
public sealed class SqliteContent(string fileName, string? spoolFolder = null) : IContentList, IContentExtract
{
    private const int BlockBytes = 1 << 20;
    private readonly byte[] _path = fileName is { Length: > 0 } && !fileName.Contains('/', StringComparison.Ordinal)
        ? Encoding.UTF8.GetBytes(fileName) : throw new ArgumentException("A file name without slashes is needed.", nameof(fileName));

    /// <inheritdoc/>
    public async IAsyncEnumerable<ContentEntry> ListContentAsync(StoredContent content, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        StoredStream snapshot = content.Snapshot
            ?? throw new ConnException(ErrorCode.NotSupported, "The set holds no snapshot of this database, and so not its size. Restore the owner as a whole.");
        byte[] head = new byte[SnapshotHeader.Bytes];
        int used = 0;
        await foreach (ReadOnlyMemory<byte> section in snapshot.Open(cancellationToken))
        {
            int more = Math.Min(section.Length, head.Length - used);
            section[..more].CopyTo(head.AsMemory(used));
            used += more;
            if (used == head.Length)
            {
                break;
            }
        }

        SnapshotHeader header = SnapshotHeader.Parse(head.AsSpan(0, used));
        yield return Root;
        yield return File((long)header.PageCount * header.PageSize, null);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ContentPiece> ExtractContentAsync(
        StoredContent content, Func<ContentEntry, bool> select, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(select);
        bool isChosen = false;
        await foreach (ContentEntry entry in ListContentAsync(content, cancellationToken))
        {
            bool isWanted = select(entry);
            isChosen |= isWanted && entry.Kind == ContentKind.File;
            if (isWanted && entry.Kind == ContentKind.Folder)
            {
                yield return new ContentPiece(ContentPieceKind.Entry, entry);
            }
        }

        if (!isChosen)
        {
            yield break;
        }

        using SpoolFolder spool = SpoolFolder.Create(spoolFolder);
        using SafeFileHandle file = spool.NewFile();
        StagedState state = await PutTogetherAsync(file, content, cancellationToken);
        StateCheck.Verify(file, state, null, cancellationToken);
        long length = RandomAccess.GetLength(file);
        ContentEntry database = File(length, state.UnixMode == 0 ? null : state.UnixMode);
        yield return new ContentPiece(ContentPieceKind.Entry, database);
        byte[] block = new byte[BlockBytes];
        for (long offset = 0; offset < length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int got = RandomAccess.Read(file, block, offset);
            if (got == 0)
            {
                throw new InvalidOperationException("A temporary file became shorter.");
            }

            if (offset == 0 && state.Wal)
            {
                PageOne.SetWal(block, wal: true);
            }

            yield return new ContentPiece(ContentPieceKind.Data, database, block.AsMemory(0, got));
            offset += got;
        }

        yield return new ContentPiece(ContentPieceKind.End, database);
    }

    private static ContentEntry Root => new() { Path = default, Kind = ContentKind.Folder };

    private ContentEntry File(long size, int? mode) => new()
    {
        Path = _path, Kind = ContentKind.File, Size = size, Mode = mode, UserId = OperatingSystem.IsWindows() ? 0 : LibC.EffectiveUser(), GroupId = OperatingSystem.IsWindows() ? 0 : LibC.EffectiveGroup(),
    };

    private static async ValueTask<StagedState> PutTogetherAsync(SafeFileHandle file, StoredContent content, CancellationToken cancellationToken)
    {
        StagedState? state = null;
        for (int i = 0; i < content.Chain.Count; i++)
        {
            RestoreStream stream = new(file, state, incrementSlot: i > 0);
            await foreach (ReadOnlyMemory<byte> section in content.Chain[i].Open(cancellationToken))
            {
                stream.Accept(section.Span, last: false);
            }

            stream.Accept(default, last: true);
            state = stream.Result;
        }

        return state ?? throw new ConnException(ErrorCode.Corrupt, "The set holds no data of this database.");
    }
}
