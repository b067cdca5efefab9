using System.Globalization;
using Conn.Repository.Checks;
using Conn.Repository.Encryption;
using Conn.Repository.Sets;
using Conn.Repository.Storage;
using Conn.Testing.Storage;

namespace Conn.Repository.Tests;

/// <summary>Helper methods that write and read small backups.</summary>
internal static class RepositoryKit
{
    public const byte DriveC = 2;

    public static readonly DateTimeOffset Start = new(2026, 11, 23, 0, 11, 22, TimeSpan.Zero);

    public static CancellationToken Token => Xunit.TestContext.Current.CancellationToken;

    /// <summary>Options without threads: a test makes the same storage calls in the same order every time.</summary>
    public static RepositoryOptions Inline(int seed = 1, int segmentBytes = 64 << 20, RepositoryKey? key = null) =>
        new() { Workers = 0, Random = new Random(seed), SegmentBytes = segmentBytes, Key = key };

    /// <summary>Gets a number of a campaign from the environment.</summary>
    public static int CampaignNumber(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int number) ? number : otherwise;

    public static byte[] Noise(int seed, int bytes)
    {
        var noise = new byte[bytes];
        new Random(seed).NextBytes(noise);
        return noise;
    }

    public static byte[] Text(int seed, int bytes)
    {
        var random = new Random(seed);
        var text = new byte[bytes];
        for (var i = 0; i < bytes; i++)
        {
            text[i] = (byte)('a' + random.Next(4));
        }

        return text;
    }

    public static async Task<BackupRepository> CreateAsync(IRepositoryStorage storage, RepositoryOptions? options = null) =>
        await BackupRepository.CreateAsync(storage, options ?? Inline(), Token);

    public static async Task<BackupSet> BackupAsync(
        BackupRepository repository,
        uint sid,
        OwnerPart? parent,
        byte[][] data,
        byte[][]? snapshot = null,
        bool copyOnly = false,
        IProgress<CommitPhase>? progress = null)
    {
        await using var held = await repository.LockForWritingAsync("a test", Token);
        await using var writer = repository.BeginSet(held, new NewBackupSet { Time = Start, CopyOnly = copyOnly });
        await PartAsync(writer, sid, parent, data, snapshot);
        return await writer.CommitAsync(SetOutcome.Succeeded, progress, Token);
    }

    public static async Task PartAsync(BackupSetWriter writer, uint sid, OwnerPart? parent, byte[][] data, byte[][]? snapshot = null, uint dataVersion = 0)
    {
        var part = await writer.BeginPartAsync(new NewOwnerPart { Name = $"owner-{sid}", Sid = sid, Parent = parent, DataVersion = dataVersion }, Token);
        await StreamAsync(part, StreamKind.Data, data);
        if (snapshot is not null)
        {
            await StreamAsync(part, StreamKind.Snapshot, snapshot);
        }

        PartType type = parent is null ? PartType.Base : PartType.Increment;
        await part.CompleteAsync(new PartResult { Outcome = PartOutcome.Succeeded, Type = type, Notes = ["a note"] }, Token);
    }

    public static async Task<SectionStreamWriter> StreamAsync(PartWriter part, StreamKind kind, byte[][] sections, byte drive = DriveC)
    {
        var stream = await part.OpenStreamAsync(drive, kind, Token);
        foreach (byte[] section in sections)
        {
            await stream.WriteAsync(section, Token);
        }

        await stream.CompleteAsync(Token);
        return stream;
    }

    public static async Task<byte[][]> ReadAsync(BackupRepository repository, OwnerPart part, StreamKind kind, byte drive = DriveC)
    {
        var sections = new List<byte[]>();
        await using var reader = repository.OpenStream(part, drive, kind);
        while (await reader.ReadAsync(Token) is { } section)
        {
            sections.Add(section.ToArray());
        }

        return [.. sections];
    }

    public static async Task<VerifyReport> VerifyAsync(IRepositoryStorage storage, SetId? only = null, int workers = 0, RepositoryKey? key = null) =>
        await RepositoryVerifier.VerifyAsync(storage, Inline(key: key) with { Workers = workers }, only, null, cancellationToken: Token);

    /// <summary>Makes a repository of three small sets: a base of two owners with several segments, an increment with references, and a copy.</summary>
    public static async Task<TearingStorage> SmallAsync(RepositoryKey? key = null)
    {
        var storage = new TearingStorage();
        await using var repository = await CreateAsync(storage, Inline(segmentBytes: 4096, key: key));
        byte[][] snapshot = [Text(1, 600), Noise(2, 300)];
        BackupSet first;
        await using (var held = await repository.LockForWritingAsync("a test", Token))
        {
            await using var writer = repository.BeginSet(held, new NewBackupSet { Time = Start });
            await PartAsync(writer, 1, null, [Text(3, 3000), Noise(4, 2500), Noise(5, 2000), [7]], snapshot);
            await PartAsync(writer, 2, null, [Noise(6, 100)], dataVersion: 7);
            first = await writer.CommitAsync(SetOutcome.Succeeded, null, Token);
        }

        await BackupAsync(repository, 1, first.Part(1), [Text(8, 200)], [snapshot[0], Noise(9, 200)]);
        await BackupAsync(repository, 2, null, [], [], copyOnly: true);
        await using (var held = await repository.LockForWritingAsync("a test", Token))
        {
            var owner = new Restores.RestoreOwner { Name = "owner-1", Sid = 1, Set = first.Id, Drives = [new(DriveC, Noise(10, 20))], ChangesParent = true };
            await repository.Restores.CommitAsync(held, new Restores.NewRestoreRecord { Time = Start, Owners = [owner] }, Token);
        }

        return storage;
    }
}
