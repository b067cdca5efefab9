using Conn.Repository.Encryption;
using Conn.Repository.Retention;
using Conn.Repository.Sets;
using Conn.Repository.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests.Retention;

/// <summary>
/// A repository of six sets, a day apart, of owners 1 and 2, and what each set must give back. Owner 1: base, two increments, base, two increments. Owner 2: a base
/// in the sets 1, 4 and 6, and an increment in set 3; or, with one chain, a base in the sets 1 and 6 and increments in 3, 4 and 5. With <see cref="LastOnly"/> the sets 4 to 6 are kept and 1 to 3 are removable.
/// </summary>
internal sealed class PruneStory(IRepositoryStorage storage, RepositoryKey? key = null)
{
    public static readonly RetentionRequest LastOnly = new() { Policy = new RetentionPolicy { KeepLast = 1 }, TimeZone = TimeZoneInfo.Utc };

    private readonly Dictionary<(SetId Set, uint Sid), byte[][]> _data = [];

    public MovingClock Clock { get; } = new();

    public List<BackupSet> Sets { get; } = [];

    public IRepositoryStorage Storage { get; set; } = storage;

    public async Task<PruneStory> BeginAsync(bool withOneChain = false)
    {
        await using BackupRepository repository = await BackupRepository.CreateAsync(Storage, Options(), Token);
        BackupSet one = await BackupAsync(repository, (1, null), (2, null));
        BackupSet two = await BackupAsync(repository, (1, one));
        BackupSet three = await BackupAsync(repository, (1, two), (2, one));
        BackupSet four = await BackupAsync(repository, (1, null), (2, withOneChain ? three : null));
        BackupSet five = await BackupAsync(repository, withOneChain ? [(1, four), (2, four)] : [(1, four)]);
        await BackupAsync(repository, (1, five), (2, null));
        return this;
    }

    public RepositoryOptions Options() => Inline(Sets.Count + 1, 4096, key) with { TimeProvider = Clock };

    public async Task<BackupRepository> OpenAsync() => await BackupRepository.OpenAsync(Storage, Options(), Token);

    /// <summary>Writes a set; each owner continues the given set, or gives a base.</summary>
    public async Task<BackupSet> BackupAsync(BackupRepository repository, params (uint Sid, BackupSet? Parent)[] parts)
    {
        Clock.Now += TimeSpan.FromDays(1);
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
        foreach ((uint sid, BackupSet? parent) in parts)
        {
            byte[][] data = [Noise((Sets.Count * 10) + (int)sid, 300)];
            await PartAsync(writer, sid, parent?.Part(sid), data, [Text(1, 400), Noise(Sets.Count, 50)]);
            _data.Add((writer.Id, sid), data);
        }

        BackupSet set = await writer.CommitAsync(SetOutcome.Succeeded, null, Token);
        Sets.Add(set);
        return set;
    }

    public Task<PruneReport> PruneAsync(RetentionRequest? request = null) =>
        WriteAsync(async (repository, held) => await repository.Retention.PruneAsync(held, request ?? LastOnly, Token));

    public Task<IReadOnlyList<BackupSet>> UndoAsync() => WriteAsync(async (repository, held) => await repository.Retention.UndoAsync(held, Token));

    public Task<SetMark> HoldAsync(BackupSet set) => WriteAsync(async (repository, held) => await repository.Retention.HoldAsync(held, set.Id, "a test", Token));

    public Task<bool> ReleaseAsync(BackupSet set) => WriteAsync(async (repository, held) => await repository.Retention.ReleaseAsync(held, set.Id, Token));

    /// <summary>Lists the sequences: first those that are visible, then the hidden ones.</summary>
    public async Task<(long[] Visible, long[] Hidden)> ListAsync()
    {
        await using BackupRepository repository = await OpenAsync();
        SetList sets = await repository.ListSetsAsync(Token);
        Assert.Empty(sets.Problems);
        return ([.. sets.Select(static set => set.Sequence)], [.. sets.Hidden.Select(static set => set.Sequence)]);
    }

    /// <summary>Gets the list as text, for example <c>4 5 6 / 1 2 3</c>.</summary>
    public async Task<string> TextAsync()
    {
        (long[] visible, long[] hidden) = await ListAsync();
        return $"{string.Join(' ', visible)} / {string.Join(' ', hidden)}";
    }

    /// <summary>Reads every part of every set that is listed, hidden or not, with its chain and its snapshot, and compares the data.</summary>
    public async Task RequireAllRestoreAsync(string where = "")
    {
        await using BackupRepository repository = await OpenAsync();
        SetList sets = await repository.ListSetsAsync(Token);
        foreach (BackupSet set in sets.Concat(sets.Hidden))
        {
            foreach (OwnerPart part in set.Parts.Where(static part => part.IsStored))
            {
                foreach (OwnerPart link in await repository.ResolveCompleteChainAsync(part, Token))
                {
                    Assert.True(_data[(link.Set, link.Sid)].Zip(await ReadAsync(repository, link, StreamKind.Data)).All(static pair => pair.First.SequenceEqual(pair.Second)),
                        $"{where}: owner {link.Name} of set {link.Sequence}");
                }

                Assert.Equal(2, (await ReadAsync(repository, part, StreamKind.Snapshot)).Length);
            }
        }
    }

    /// <summary>Takes the writer lock once, which repairs, and requires that nothing is wrong and nothing is left over.</summary>
    public async Task RequireCleanAsync(string where)
    {
        await WriteAsync(static (_, _) => Task.FromResult(0));
        Checks.VerifyReport report = await VerifyAsync(Storage, key: key);
        Assert.True(report.Problems.Count == 0 && report.Notes.Count == 0, $"{where}: {string.Join(' ', report.Problems)} {string.Join(' ', report.Notes)}");
    }

    private async Task<T> WriteAsync<T>(Func<BackupRepository, RepositoryWriterLock, Task<T>> write)
    {
        await using BackupRepository repository = await OpenAsync();
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        return await write(repository, held);
    }
}
