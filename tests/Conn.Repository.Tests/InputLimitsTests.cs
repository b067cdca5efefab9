using Conn.Repository.Restores;
using Conn.Repository.Sets;
using Conn.Testing.Storage;
using CsCheck;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests;

/// <summary>Input that a reader would refuse is refused when it is given. Accepted input is listed exactly as it was committed.</summary>
public sealed class InputLimitsTests
{
    private const string LoneSurrogate = "name \ud83d";
    private static readonly string Longest = new('x', 256);
    private static readonly string LongestKind = new('x', 512);
    private static readonly NewOwnerPart Part = new() { Name = "one", Sid = 1 };
    private static readonly PartResult Result = new() { Outcome = PartOutcome.Succeeded };

    private static readonly Gen<string> AnyText = Gen.OneOf(
        Gen.String[Gen.Char, 0, 40],
        Gen.Int[4090, 4100].Select(static length => new string('x', length)),
        Gen.Int[2040, 2055].Select(static pairs => string.Concat(Enumerable.Repeat("\U0001F600", pairs)) + "x"),
        Gen.Int[4090, 4100].Select(static length => new string('x', length) + "\U0001F600 and more"));

    [Fact]
    public async Task A_part_that_a_reader_would_refuse_is_refused_when_it_is_begun()
    {
        TearingStorage storage = new();
        await using BackupRepository repository = await CreateAsync(storage);
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
        foreach ((NewOwnerPart part, string member, string range) in new[]
        {
            (Part with { Name = "" }, "Name", "1 to 256"),
            (Part with { Name = null! }, "Name", "1 to 256"),
            (Part with { Name = Longest + "x" }, "Name", "1 to 256"),
            (Part with { Name = LoneSurrogate }, "Name", "1 to 256"),
            (Part with { Kind = null! }, "Kind", "0 to 512"),
            (Part with { Kind = LongestKind + "x" }, "Kind", "0 to 512"),
            (Part with { Kind = LoneSurrogate }, "Kind", "0 to 512"),
        })
        {
            ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(async () => await writer.BeginPartAsync(part, Token));
            Assert.Equal("part", error.ParamName);
            Assert.Contains(member, error.Message, StringComparison.Ordinal);
            Assert.Contains(range, error.Message, StringComparison.Ordinal);
        }

        PartWriter longest = await writer.BeginPartAsync(Part with { Name = Longest, Kind = LongestKind }, Token);
        await longest.CompleteAsync(Result, Token);
        await writer.CommitAsync(SetOutcome.Succeeded, null, Token);
        OwnerPart listed = Assert.Single(Assert.Single(await ListAgainAsync(storage)).Parts);
        Assert.Equal((Longest, LongestKind), (listed.Name, listed.Kind));
    }

    [Fact]
    public async Task A_result_that_a_reader_would_refuse_is_refused_and_the_part_stays_open()
    {
        TearingStorage storage = new();
        await using BackupRepository repository = await CreateAsync(storage);
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
        PartWriter part = await writer.BeginPartAsync(Part, Token);
        foreach ((PartResult result, string member) in new[]
        {
            (Result with { Outcome = (PartOutcome)4 }, "Outcome"),
            (Result with { Outcome = (PartOutcome)(-1) }, "Outcome"),
            (Result with { Why = null! }, "Why"),
            (Result with { Notes = null! }, "Notes"),
            (Result with { Errors = null! }, "Errors"),
            (Result with { Errors = ["an error", null!] }, "Errors"),
            (Result with { HeldMilliseconds = -1 }, "HeldMilliseconds"),
        })
        {
            foreach (Func<Task> call in new Func<Task>[]
            {
                async () => await part.CompleteAsync(result, Token),
                async () => await part.AbandonAsync(result.Outcome == PartOutcome.Succeeded ? result with { Outcome = PartOutcome.Failed } : result, Token),
            })
            {
                ArgumentException error = await Assert.ThrowsAnyAsync<ArgumentException>(call);
                Assert.Equal("result", error.ParamName);
                Assert.Contains(member, error.Message, StringComparison.Ordinal);
            }
        }

        await part.CompleteAsync(Result, Token);
        await writer.CommitAsync(SetOutcome.Succeeded, null, Token);
        Assert.Single(await ListAgainAsync(storage));
    }

    [Fact]
    public async Task A_stream_of_an_unknown_kind_or_drive_and_a_set_of_an_unknown_outcome_are_refused()
    {
        TearingStorage storage = new();
        await using BackupRepository repository = await CreateAsync(storage);
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
        PartWriter part = await writer.BeginPartAsync(Part, Token);
        ArgumentException kind = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await part.OpenStreamAsync(DriveC, (StreamKind)2, Token));
        Assert.Equal("kind", kind.ParamName);
        ArgumentException drive = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await part.OpenStreamAsync(26, StreamKind.Data, Token));
        Assert.Equal("drive", drive.ParamName);
        Assert.Contains("0 to 25", drive.Message, StringComparison.Ordinal);
        await part.CompleteAsync(Result, Token);
        ArgumentException outcome = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await writer.CommitAsync((SetOutcome)3, null, Token));
        Assert.Equal("outcome", outcome.ParamName);
        await writer.CommitAsync(SetOutcome.Succeeded, null, Token);
        Assert.Single(await ListAgainAsync(storage));
    }

    [Fact]
    public async Task A_parent_that_the_repository_does_not_hold_is_refused()
    {
        await using BackupRepository other = await CreateAsync(new TearingStorage(), Inline(seed: 7));
        BackupSet elsewhere = await BackupAsync(other, 1, null, [Noise(1, 10)]);
        TearingStorage storage = new();
        await using BackupRepository repository = await CreateAsync(storage);
        BackupSet first = await BackupAsync(repository, 1, null, [Noise(1, 10)]);
        BackupSet second = await BackupAsync(repository, 1, first.Part(1), [Noise(2, 10)]);
        await storage.DeleteAsync($"sets/00000001-{first.Id}", Token);
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
        foreach (OwnerPart parent in new[] { elsewhere.Parts[0], first.Parts[0] })
        {
            NewOwnerPart part = Part with { Parent = parent };
            ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(async () => await writer.BeginPartAsync(part, Token));
            Assert.Contains(parent.Set.Text, error.Message, StringComparison.Ordinal);
        }

        NewOwnerPart child = Part with { Parent = second.Parts[0] };
        RepositoryException broken = await Assert.ThrowsAsync<RepositoryException>(async () => await writer.BeginPartAsync(child, Token));
        Assert.Equal((RepositoryFailure.ChainBroken, first.Id.Text), (broken.Failure, broken.Set));
        await PartAsync(writer, 1, null, [Noise(3, 10)]);
        await writer.CommitAsync(SetOutcome.Succeeded, null, Token);
        Assert.Equal(first.Id.Text, Assert.Single((await repository.ListSetsAsync(Token)).Problems).Set);
    }

    [Fact]
    public async Task Any_texts_are_listed_exactly_as_the_commit_returned_them()
    {
        await Gen.Select(AnyText, AnyText.Array[0, 5], AnyText.Array[0, 5]).SampleAsync(async (why, notes, errors) =>
        {
            TearingStorage storage = new();
            await using BackupRepository repository = await CreateAsync(storage);
            await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
            await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
            PartWriter kept = await writer.BeginPartAsync(Part, Token);
            await kept.CompleteAsync(Result with { Why = why, Notes = notes, Errors = errors }, Token);
            PartWriter dropped = await writer.BeginPartAsync(Part with { Sid = 2, Name = "two" }, Token);
            await dropped.AbandonAsync(new PartResult { Outcome = PartOutcome.Failed, Why = why, Notes = notes, Errors = errors }, Token);
            BackupSet set = await writer.CommitAsync(SetOutcome.Partial, null, Token);
            BackupSet listed = Assert.Single(await ListAgainAsync(storage));
            Assert.Equal(set.Parts.Select(static part => part.Why), listed.Parts.Select(static part => part.Why));
            Assert.Equal(set.Parts.SelectMany(static part => part.Notes), listed.Parts.SelectMany(static part => part.Notes));
            Assert.Equal(set.Parts.SelectMany(static part => part.Errors), listed.Parts.SelectMany(static part => part.Errors));
        }, iter: 200, threads: 1);
    }

    [Fact]
    public async Task A_set_of_many_parts_with_many_long_texts_is_committed_and_listed()
    {
        TearingStorage storage = new();
        await using BackupRepository repository = await CreateAsync(storage);
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
        string[] texts = [.. Enumerable.Repeat(new string('\u20ac', PartResult.MaxTextLength), PartResult.MaxTexts)];
        for (uint sid = 1; sid <= 20; sid++)
        {
            PartWriter part = await writer.BeginPartAsync(Part with { Sid = sid, Name = $"owner {sid}" }, Token);
            await part.CompleteAsync(Result with { Outcome = PartOutcome.Incomplete, Notes = texts, Errors = texts }, Token);
        }

        await writer.CommitAsync(SetOutcome.Partial, null, Token);
        IReadOnlyList<OwnerPart> parts = Assert.Single(await ListAgainAsync(storage)).Parts;
        Assert.InRange(parts[4].Notes.Count, 100, 1000);
        Assert.Equal($"… and {PartResult.MaxTexts - parts[4].Notes.Count + 1} more", parts[4].Notes[^1]);
        Assert.Equal([$"… and {PartResult.MaxTexts} more"], parts[19].Notes);
    }

    [Fact]
    public async Task A_restore_that_a_reader_would_refuse_is_refused_and_no_record_is_written()
    {
        TearingStorage storage = new();
        await using BackupRepository repository = await CreateAsync(storage);
        BackupSet set = await BackupAsync(repository, 1, null, [Noise(1, 10)]);
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        RestoreOwner owner = new() { Name = "one", Sid = 1, Set = set.Id, Drives = [new RestoreDrive(DriveC, new byte[4096])] };
        foreach ((IReadOnlyList<RestoreOwner> owners, string member) in new (IReadOnlyList<RestoreOwner>, string)[]
        {
            (null!, "Owners"),
            ([], "Owners"),
            ([owner, owner], "Owners"),
            ([null!], "Owners"),
            ([owner with { Name = "" }], "Name"),
            ([owner with { Name = null! }], "Name"),
            ([owner with { Name = Longest + "x" }], "Name"),
            ([owner with { Name = LoneSurrogate }], "Name"),
            ([owner with { Set = default }], "Set"),
            ([owner with { Drives = null! }], "Drives"),
            ([owner with { Drives = [null!] }], "Drives"),
            ([owner with { Drives = [new RestoreDrive(26, default)] }], "Drives"),
            ([owner with { Drives = [new RestoreDrive(1, default), new RestoreDrive(1, default)] }], "Drives"),
            ([owner with { Drives = [new RestoreDrive(1, new byte[4097])] }], "Token"),
        })
        {
            ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(
                async () => await repository.Restores.CommitAsync(held, new NewRestoreRecord { Owners = owners }, Token));
            Assert.Equal("restore", error.ParamName);
            Assert.Contains(member, error.Message, StringComparison.Ordinal);
        }

        Assert.Empty(await repository.Restores.ListAsync(Token));
        await repository.Restores.CommitAsync(held, new NewRestoreRecord { Owners = [owner with { Name = Longest }] }, Token);
        Assert.Equal(Longest, Assert.Single(await repository.Restores.ListPendingAsync(Token)).Owners[0].Name);
    }

    private static async Task<SetList> ListAgainAsync(TearingStorage storage)
    {
        await using BackupRepository again = await BackupRepository.OpenAsync(storage, Inline(), Token);
        SetList sets = await again.ListSetsAsync(Token);
        Assert.Empty(sets.Problems);
        return sets;
    }
}
