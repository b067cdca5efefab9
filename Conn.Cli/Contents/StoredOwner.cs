using System.Runtime.CompilerServices;
using System.Text;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Content;
using Conn.Cli.Owners;
using Conn.DataOwners;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Cli.Contents;

/// <summary>What a set holds of one owner, as paths. An owner with several drives has a folder for each, named by its letter.</summary>
internal sealed class StoredOwner
{
    private readonly BackupRepository _repository;
    private readonly IContentList _list;
    private readonly IContentExtract _extract;

    public StoredOwner(BackupRepository repository, OwnerPart part)
    {
        (_repository, Part) = (repository, part);

        // What a proxy manager handed over stands before the owner's own data, and is not of the owner's kind.
        bool isOwn = part.Type is PartType.Base or PartType.Increment;
        (_list, _extract, IsKnown) = isOwn && part.Kind == OwnerKind.Directory ? Both(new DirectoryContent(), true)
            : isOwn && OwnerKind.SqliteFileName(part.Kind) is { } file ? Both(new SqliteContent(file), true)
            : Both(new RawContent(isOwn && OwnerKind.IsCommand(part.Kind)), false);
        IsTree = isOwn && part.Kind == OwnerKind.Directory;
    }

    public OwnerPart Part { get; }

    /// <summary>Gets whether the tool reads data of this kind. Of any other it has the streams as they were stored.</summary>
    public bool IsKnown { get; }

    /// <summary>Gets whether it is a folder, and not one file or stream for each drive.</summary>
    public bool IsTree { get; }

    private bool HasLetters => Part.Drives.Count > 1;

    /// <summary>Lists the entries, each folder before what is in it, and the owner's own folder with the empty path first.</summary>
    /// <exception cref="RepositoryException">Damaged, ChainBroken: the message names set and owner.</exception>
    public async IAsyncEnumerable<ContentEntry> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (HasLetters)
        {
            yield return new ContentEntry { Path = default, Kind = ContentKind.Folder };
        }

        foreach (DriveStreams drive in Part.Drives)
        {
            StoredContent content = await ContentAsync(drive, withChain: !IsKnown, cancellationToken);
            byte[] letter = Letter(drive);
            await foreach (ContentEntry entry in GuardedAsync(_list.ListContentAsync(content, cancellationToken), cancellationToken))
            {
                yield return Outer(letter, entry);
            }
        }
    }

    /// <summary>Extracts the chosen entries; see <see cref="IContentExtract"/>.</summary>
    /// <exception cref="RepositoryException">Damaged, ChainBroken: the message names set and owner.</exception>
    public async IAsyncEnumerable<ContentPiece> ExtractAsync(Func<ContentEntry, bool> select, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ContentEntry root = new() { Path = default, Kind = ContentKind.Folder };
        if (HasLetters && select(root))
        {
            yield return new ContentPiece(ContentPieceKind.Entry, root);
        }

        foreach (DriveStreams drive in Part.Drives)
        {
            StoredContent content = await ContentAsync(drive, withChain: true, cancellationToken);
            byte[] letter = Letter(drive);
            (ContentEntry? inner, ContentEntry outer) = (null, root);
            await foreach (ContentPiece piece in GuardedAsync(
                _extract.ExtractContentAsync(content, e => select(Outer(letter, e)), cancellationToken), cancellationToken))
            {
                (inner, outer) = piece.Entry == inner ? (inner, outer) : (piece.Entry, Outer(letter, piece.Entry));
                yield return piece with { Entry = outer };
            }
        }
    }

    /// <summary>Searches the list, and reads of it only what the search does not know from other sets.</summary>
    /// <returns>The entries that match; null if the owner's list can only be read as a whole.</returns>
    /// <exception cref="RepositoryException">Damaged: the message names set and owner.</exception>
    public async ValueTask<List<ContentEntry>?> SearchAsync(DirectorySearch search, CancellationToken cancellationToken)
    {
        if (!IsTree || HasLetters || Part.Drives is not [{ Snapshot: not null } drive])
        {
            return null;
        }

        List<ContentEntry> found = [];
        IAsyncEnumerable<IReadOnlyList<ContentEntry>?> pieces = _repository.ReadSnapshotAsync(Part, drive.Drive, search.Knows, cancellationToken)
            .Select(s => search.Find(s.Identity, s.Content ?? default));
        await foreach (IReadOnlyList<ContentEntry>? piece in GuardedAsync(pieces, cancellationToken))
        {
            if (piece is null)
            {
                return null;
            }

            found.AddRange(piece);
        }

        return found;
    }

    private static (IContentList List, IContentExtract Extract, bool IsKnown) Both<T>(T content, bool isKnown)
        where T : IContentList, IContentExtract => (content, content, isKnown);

    private byte[] Letter(DriveStreams drive) => HasLetters ? Encoding.ASCII.GetBytes(DriveNumber.FromIndex(drive.Drive).ToString()) : [];

    private static ContentEntry Outer(byte[] letter, ContentEntry entry)
    {
        if (letter.Length == 0)
        {
            return entry;
        }

        ContentEntry at = entry.At(Below(letter, entry.Path.Span));
        return entry.Kind == ContentKind.HardLink ? at.To(Below(letter, entry.Target.Span)) : at;
    }

    private static byte[] Below(byte[] letter, ReadOnlySpan<byte> path) => path.IsEmpty ? letter : [.. letter, (byte)'/', .. path];

    private async ValueTask<StoredContent> ContentAsync(DriveStreams drive, bool withChain, CancellationToken cancellationToken)
    {
        IReadOnlyList<OwnerPart> chain = withChain ? await _repository.ResolveCompleteChainAsync(Part, cancellationToken) : [];
        return new StoredContent
        {
            Chain = [.. chain.Where(p => p.Drive(drive.Drive)?.Data is not null).Select(p => Stream(p, drive.Drive, StreamKind.Data))],
            Snapshot = drive.Snapshot is null ? null : Stream(Part, drive.Drive, StreamKind.Snapshot),
        };
    }

    private StoredStream Stream(OwnerPart part, byte drive, StreamKind kind) =>
        new(part.Drive(drive)!.Stream(kind)!.Bytes, token => ReadAsync(part, drive, kind, token));

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        OwnerPart part, byte drive, StreamKind kind, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using SectionStreamReader reader = _repository.OpenStream(part, drive, kind);
        await foreach (ReadOnlyMemory<byte> section in reader.ReadAllAsync(cancellationToken))
        {
            yield return section;
        }
    }

    /// <summary>Names set and owner in the failures of what is stored.</summary>
    private async IAsyncEnumerable<T> GuardedAsync<T>(IAsyncEnumerable<T> source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<T> items = source.GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await items.MoveNextAsync())
                {
                    yield break;
                }
            }
            catch (ConnException e) when (e is RepositoryException r
                ? r.Failure == RepositoryFailure.Damaged && !e.Message.Contains($"owner {Part.Name}", StringComparison.Ordinal) : e.Code == ErrorCode.Corrupt)
            {
                throw new RepositoryException(RepositoryFailure.Damaged,
                    $"Set {Part.Set}, owner {Part.Name}: {e.Message} Run conn verify, and try another set.", Part.Set.Text, e);
            }

            yield return items.Current;
        }
    }
}
