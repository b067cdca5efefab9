using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Text;
using Conn.ActiveBackup.Content;

namespace Conn.DataOwners.Tests.Directory;

/// <summary>A chain of backups of a tree, each with the image that the tree had, and what can be read of it without the tree.</summary>
internal sealed class StoredStates(int seed, int maxSection)
{
    private readonly ShiftedClock _clock = new(TimeSpan.FromHours(1));
    private readonly DirectoryContent _content = new();

    internal List<OwnerDriver.Backup> Chain { get; } = [];

    internal List<TreeImage> Images { get; } = [];

    internal async Task AddAsync(Playground ground, CancellationToken cancellationToken)
    {
        await using DirectoryDataOwner owner = OwnerDriver.Owner(ground.Source, _clock);
        Chain.Add(await OwnerDriver.BackupAsync(owner, Chain.LastOrDefault(), seed + Chain.Count, cancellationToken, maxSection));
        Images.Add(TreeImage.Of(ground.Source));
    }

    internal StoredContent Content(int state) => new()
    {
        Chain = [.. Chain.Take(state + 1).Select(b => Cut(b.Data))], Snapshot = Cut([.. Chain[state].Snapshot.SelectMany(static p => p)]),
    };

    internal async Task<List<ContentEntry>> ListAsync(int state, CancellationToken cancellationToken)
    {
        List<ContentEntry> entries = [];
        await foreach (ContentEntry entry in _content.ListContentAsync(Content(state), cancellationToken))
        {
            entries.Add(entry);
        }

        return entries;
    }

    /// <summary>Restores the chosen entries into a folder; gives what was done with each.</summary>
    internal async Task<Dictionary<string, ContentAction>> RestoreAsync(int state, string target, ContentOverwrite overwrite, Func<ContentEntry, bool> select, CancellationToken cancellationToken)
    {
        Dictionary<string, ContentAction> done = [];
        System.IO.Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
        using ContentTarget folder = new(System.IO.Path.GetDirectoryName(target)!, [System.IO.Path.GetFileName(target)], overwrite);
        await folder.WriteAsync(_content.ExtractContentAsync(Content(state), Chosen, cancellationToken), (e, a, _) => done[Key(e)] = a, cancellationToken);
        return done;

        bool Chosen(ContentEntry entry)
        {
            ContentAction action = select(entry) ? folder.Plan(entry, out _) : ContentAction.Keep;
            done[Key(entry)] = action;
            return entry.Path.IsEmpty || action is ContentAction.Write or ContentAction.Replace;
        }
    }

    /// <summary>The content of one path as <see cref="TreeImage"/> shows it.</summary>
    internal async Task<string> DumpAsync(int state, ContentEntry wanted, CancellationToken cancellationToken)
    {
        XxHash128 hash = new();
        long length = 0;
        string? content = null;
        await foreach (ContentPiece piece in _content.ExtractContentAsync(Content(state), e => e.Path.Span.SequenceEqual(wanted.Path.Span), cancellationToken))
        {
            byte[] bytes = piece.Kind == ContentPieceKind.Hole ? new byte[piece.HoleBytes] : piece.Data.ToArray();
            hash.Append(bytes);
            length += bytes.Length;
            content = piece.Kind switch
            {
                ContentPieceKind.End => $"{length}:{Convert.ToHexString(hash.GetCurrentHash())}",
                ContentPieceKind.Entry when piece.Entry.Kind == ContentKind.Link => Encoding.Latin1.GetString(piece.Entry.Target.Span),
                ContentPieceKind.Entry when piece.Entry.Kind == ContentKind.Folder => "",
                _ => content,
            };
        }

        return content ?? "nothing";
    }

    internal static string Key(ContentEntry entry) => entry.Path.IsEmpty ? "." : "./" + Encoding.Latin1.GetString(entry.Path.Span);

    private StoredStream Cut(byte[] bytes) => new(bytes.Length, token => CutAsync(bytes, token));

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> CutAsync(byte[] bytes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Random random = new(seed);
        await Task.CompletedTask;
        for (int done = 0; done < bytes.Length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int size = Math.Min(random.Next(1, maxSection + 1), bytes.Length - done);
            yield return bytes.AsMemory(done, size);
            done += size;
        }
    }
}
