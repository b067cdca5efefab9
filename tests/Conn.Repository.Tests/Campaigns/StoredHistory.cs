using Conn.Repository.Encryption;
using Conn.Repository.Sets;
using Conn.Testing.Storage;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests.Campaigns;

/// <summary>A repository as it was after each of its writes, and what each of its sets must give back.</summary>
internal sealed class StoredHistory
{
    private readonly Dictionary<(SetId Set, StreamKind Kind), byte[]> _content = [];

    private StoredHistory(RepositoryKey? key, int seed) => (Key, Seed) = (key, seed);

    public RepositoryKey? Key { get; }

    /// <summary>Gets the files after each write, the newest last.</summary>
    public List<Dictionary<string, byte[]>> States { get; } = [];

    public Dictionary<string, byte[]> Newest => States[^1];

    /// <summary>Gets the sets that the newest state lists.</summary>
    public IReadOnlyList<SetId> Listed { get; private set; } = [];

    private int Seed { get; }

    /// <summary>Writes a base, four increments, another base and a restore record; holds a set, and hides those that a policy does not keep. With a key, the keys are rotated
    /// after the third increment.</summary>
    public static async Task<StoredHistory> WriteAsync(int seed, RepositoryKey? key)
    {
        StoredHistory history = new(key, seed);
        TearingStorage storage = new();
        await using BackupRepository repository = await CreateAsync(storage, history.Options());
        history.Remember(storage);
        BackupSet? parent = null;
        for (int i = 0; i < 6; i++)
        {
            parent = await history.BackupAsync(repository, i == 5 ? null : parent, i);
            history.Remember(storage);
            if (i == 3 && key is not null)
            {
                await using RepositoryWriterLock rotating = await repository.LockForWritingAsync("a test", Token);
                await repository.Keys!.RotateAsync(rotating, key, Token);
                history.Remember(storage);
            }
        }

        await using (RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token))
        {
            Restores.RestoreOwner owner = new() { Name = "owner-1", Sid = 1, Set = parent!.Id, Drives = [new(DriveC, Noise(10, 20))], ChangesParent = true };
            await repository.Restores.CommitAsync(held, new Restores.NewRestoreRecord { Time = Start, Owners = [owner] }, Token);
            history.Remember(storage);
            await repository.Retention.HoldAsync(held, (await repository.ListSetsAsync(Token))[1].Id, "a test", Token);
            history.Remember(storage);
            await repository.Retention.PruneAsync(held, Retention.PruneStory.LastOnly, Token);
            history.Remember(storage);
        }

        history.Listed = [.. (await repository.ListSetsAsync(Token)).Select(static set => set.Id)];
        return history;
    }

    public RepositoryOptions Options() => Inline(Seed, 4096, Key);

    public static async Task<TearingStorage> RestoreAsync(IReadOnlyDictionary<string, byte[]> files)
    {
        TearingStorage storage = new();
        foreach ((string path, byte[] bytes) in files)
        {
            for (int at = path.IndexOf('/', StringComparison.Ordinal); at >= 0; at = path.IndexOf('/', at + 1))
            {
                await storage.CreateFolderAsync(path[..at], Token);
            }

            storage.Put(path, bytes);
        }

        return storage;
    }

    /// <summary>True when a stream of a set is what was written.</summary>
    public bool Is(SetId set, StreamKind kind, byte[][] sections) => _content.TryGetValue((set, kind), out byte[]? content) && content.SequenceEqual(sections.SelectMany(static s => s));

    private async Task<BackupSet> BackupAsync(BackupRepository repository, BackupSet? parent, int i)
    {
        byte[][] data = [Text((Seed * 100) + i, 900), Noise((Seed * 100) + i, 700)];
        byte[][] snapshot = [Text(Seed, 400), Noise((Seed * 50) + i, 100)];
        BackupSet set = await RepositoryKit.BackupAsync(repository, 1, parent?.Part(1), data, snapshot);
        _content[(set.Id, StreamKind.Data)] = [.. data.SelectMany(static s => s)];
        _content[(set.Id, StreamKind.Snapshot)] = [.. snapshot.SelectMany(static s => s)];
        return set;
    }

    private void Remember(TearingStorage storage) => States.Add(storage.Files().ToDictionary(static file => file.Path, file => storage.Read(file.Path)));
}
