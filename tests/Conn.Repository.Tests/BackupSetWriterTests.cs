using Conn.Repository.Checks;
using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests;

public sealed class BackupSetWriterTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task What_was_written_is_listed_and_read_back_section_by_section(int workers)
    {
        var storage = new TearingStorage();
        await using var repository = await CreateAsync(storage, new RepositoryOptions { Workers = workers, SegmentBytes = 100_000 });
        IEnumerable<byte[]> small = Enumerable.Range(5, 40).Select(static seed => Text(seed, seed * 100));
        byte[][] data = [Text(1, 200_000), Noise(2, 70_000), Noise(3, 1), Text(4, 60_000), .. small];
        byte[][] snapshot = [Text(50, 5000)];
        var written = await BackupAsync(repository, 7, null, data, snapshot);

        await using var again = await BackupRepository.OpenAsync(storage, repository.Options, Token);
        var sets = await again.ListSetsAsync(Token);
        Assert.Empty(sets.Problems);
        var set = Assert.Single(sets);
        Assert.Equal(written.Id, set.Id);
        Assert.Equal(1, set.Sequence);
        Assert.Equal(Start, set.Time);
        Assert.Equal(SetType.Base, set.Type);
        var part = Assert.Single(set.Parts);
        Assert.Equal(("owner-7", 7u, PartOutcome.Succeeded, PartType.Base), (part.Name, part.Sid, part.Outcome, part.Type));
        Assert.Equal(["a note"], part.Notes);
        Assert.Equal(data.Sum(static section => section.Length), set.Bytes);
        Assert.InRange(set.StoredBytes, 1, set.Bytes);
        Assert.Equal(data, await ReadAsync(again, part, StreamKind.Data));
        Assert.Equal(snapshot, await ReadAsync(again, part, StreamKind.Snapshot));
        var report = await VerifyAsync(storage, workers: workers);
        Assert.Empty(report.Problems);
        Assert.Empty(report.Notes);
        Assert.Equal((1, 45L, set.Bytes + 5000), (report.Sets, report.Sections, report.Bytes));
    }

    [Fact]
    public async Task A_set_without_parts_and_a_set_with_empty_streams_are_committed()
    {
        var storage = new TearingStorage();
        await using var repository = await CreateAsync(storage);
        await using (var held = await repository.LockForWritingAsync("a test", Token))
        {
            await using var empty = repository.BeginSet(held, new NewBackupSet());
            await empty.CommitAsync(SetOutcome.Failed, null, Token);
        }

        var set = await BackupAsync(repository, 1, null, [], []);
        Assert.Empty(await ReadAsync(repository, set.Parts[0], StreamKind.Data));
        Assert.Equal(0, set.StoredBytes);
        Assert.Equal(2, (await repository.ListSetsAsync(Token)).Count);
        Assert.Empty((await VerifyAsync(storage)).Problems);
    }

    [Fact]
    public async Task An_unchanged_snapshot_is_stored_as_references()
    {
        var storage = new TearingStorage();
        await using var repository = await CreateAsync(storage);
        var snapshot = Enumerable.Range(0, 20).Select(static seed => Noise(seed, 10_000)).ToArray();
        var first = await BackupAsync(repository, 1, null, [Noise(99, 10)], snapshot);
        var second = await BackupAsync(repository, 1, first.Part(1), [], snapshot);
        byte[][] changed = [.. snapshot[..10], Noise(77, 10_000), .. snapshot[10..]];
        var third = await BackupAsync(repository, 1, second.Part(1), [], changed);

        Assert.InRange(first.StoredBytes, 200_000, 210_000);
        Assert.InRange(second.StoredBytes, 1, 3_000);
        Assert.InRange(third.StoredBytes, 10_000, 14_000);
        Assert.Equal(snapshot, await ReadAsync(repository, second.Parts[0], StreamKind.Snapshot));
        Assert.Equal(changed, await ReadAsync(repository, third.Parts[0], StreamKind.Snapshot));
        Assert.Empty((await VerifyAsync(storage)).Problems);
        Assert.Empty((await VerifyAsync(storage, third.Id)).Problems);
    }

    [Fact]
    public async Task A_snapshot_section_that_is_damaged_in_the_parent_is_stored_again()
    {
        var storage = new TearingStorage();
        await using var repository = await CreateAsync(storage);
        byte[][] snapshot = [Noise(1, 5000), Noise(2, 5000)];
        var first = await BackupAsync(repository, 1, null, [], snapshot);
        Flip(storage, storage.Files().Single(static file => file.Path.EndsWith(".data", StringComparison.Ordinal)).Path, 2000);
        var second = await BackupAsync(repository, 1, first.Part(1), [], snapshot);
        Assert.InRange(second.StoredBytes, 5000, 6000);
        Assert.Equal(snapshot, await ReadAsync(repository, second.Parts[0], StreamKind.Snapshot));
        await Assert.ThrowsAsync<RepositoryException>(async () => await ReadAsync(repository, first.Parts[0], StreamKind.Snapshot));
        Assert.Empty((await VerifyAsync(storage, second.Id)).Problems);
        Assert.Equal([first.Id.Text], (await VerifyAsync(storage)).Problems.Select(static problem => problem.Set));
    }

    [Fact]
    public async Task An_abandoned_part_leaves_a_record_and_no_files()
    {
        var storage = new TearingStorage();
        await using var repository = await CreateAsync(storage, Inline(segmentBytes: 4096));
        await using var held = await repository.LockForWritingAsync("a test", Token);
        await using var writer = repository.BeginSet(held, new NewBackupSet());
        await PartAsync(writer, 1, null, [Noise(1, 100)]);
        var part = await writer.BeginPartAsync(new NewOwnerPart { Name = "bad", Sid = 2 }, Token);
        var stream = await part.OpenStreamAsync(0, StreamKind.Data, Token);
        for (var i = 0; i < 5; i++)
        {
            await stream.WriteAsync(Noise(i, 3000), Token);
        }

        await part.AbandonAsync(new PartResult { Outcome = PartOutcome.Failed, ErrorCode = -20, Errors = ["It broke."] }, Token);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await stream.WriteAsync(new byte[10], Token));
        await PartAsync(writer, 3, null, [Noise(3, 100)]);
        var set = await writer.CommitAsync(SetOutcome.Partial, null, Token);
        Assert.Equal([PartOutcome.Succeeded, PartOutcome.Failed, PartOutcome.Succeeded], set.Parts.Select(static each => each.Outcome));
        Assert.Equal((-20, "It broke."), (set.Parts[1].ErrorCode, set.Parts[1].Errors.Single()));
        Assert.Equal(2, storage.Files().Count(static file => file.Path.EndsWith(".data", StringComparison.Ordinal)));
        Assert.Empty((await VerifyAsync(storage)).Problems);
    }

    [Fact]
    public async Task A_set_that_is_not_committed_leaves_no_files()
    {
        var storage = new TearingStorage();
        await using var repository = await CreateAsync(storage, new RepositoryOptions());
        var before = storage.Files();
        await using (var held = await repository.LockForWritingAsync("a test", Token))
        {
            await using var writer = repository.BeginSet(held, new NewBackupSet());
            var part = await writer.BeginPartAsync(new NewOwnerPart { Name = "one", Sid = 1 }, Token);
            var stream = await part.OpenStreamAsync(0, StreamKind.Data, Token);
            await stream.WriteAsync(new byte[1000], Token);
        }

        Assert.Equal(before, storage.Files());
        Assert.Empty(await repository.ListSetsAsync(Token));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_device_that_lies_fails_the_commit_and_nothing_is_listed(int workers)
    {
        var storage = new TearingStorage { CorruptOnFlush = static path => path.EndsWith(".data", StringComparison.Ordinal) };
        await using var repository = await CreateAsync(storage, new RepositoryOptions { Workers = workers });
        var error = await Assert.ThrowsAsync<RepositoryException>(async () => await BackupAsync(repository, 1, null, [Noise(1, 10_000)]));
        Assert.Equal(RepositoryFailure.Damaged, error.Failure);
        Assert.Empty(await repository.ListSetsAsync(Token));
        Assert.DoesNotContain(storage.Files(), static file => file.Path.StartsWith("tmp/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_manifest_or_an_index_that_is_not_what_was_written_fails_the_commit()
    {
        foreach (var name in new[] { "manifest", "index.new" })
        {
            var storage = new TearingStorage();
            await using var repository = await CreateAsync(storage);
            storage.CorruptOnFlush = path => path.EndsWith(name, StringComparison.Ordinal);
            var error = await Assert.ThrowsAsync<RepositoryException>(async () => await BackupAsync(repository, 1, null, [Noise(1, 100)]));
            Assert.Equal(RepositoryFailure.Damaged, error.Failure);
            storage.CorruptOnFlush = null;
            Assert.Empty(await repository.ListSetsAsync(Token));
            Assert.Equal(1, (await BackupAsync(repository, 1, null, [Noise(1, 100)])).Sequence);
        }
    }

    [Fact]
    public async Task A_part_whose_streams_are_not_where_its_record_says_fails_the_commit()
    {
        foreach (long offset in new[] { 64, 65 })
        {
            TearingStorage storage = new();
            await using BackupRepository repository = await CreateAsync(storage);
            await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
            await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet());
            SegmentRun run = new(StreamKind.Data, DriveC, 0, 64) { Sections = 1, Bytes = 5, StoredBytes = 93 };
            FinishedSegment file = new(null!, default, new SegmentInfo(157, 1, new Hash128(0, 7)), null!) { Runs = [run] };
            OwnerPart part = new()
            {
                Set = writer.Id, Sequence = 0, Name = "one", Sid = 1, Outcome = PartOutcome.Succeeded, Segments = [file.Info],
                Drives = [new DriveStreams(DriveC, new StreamInfo(1, 5, 93) { Offset = offset }, null)],
            };
            writer.End(part, [file]);
            Exception? error = await Record.ExceptionAsync(async () => await writer.CommitAsync(SetOutcome.Succeeded, null, Token));
            Assert.Equal(offset == 64 ? null : RepositoryFailure.Damaged, (error as RepositoryException)?.Failure);
            Assert.Equal(offset == 64 ? 1 : 0, (await repository.ListSetsAsync(Token)).Count);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task On_a_full_disk_the_unfinished_set_is_removed_and_the_committed_sets_stay(int workers)
    {
        var storage = new TearingStorage();
        await using var repository = await CreateAsync(storage, new RepositoryOptions { Workers = workers, SegmentBytes = 8192 });
        await BackupAsync(repository, 1, null, [Noise(1, 5000)]);
        var before = storage.Files();
        var used = before.Sum(static file => file.Bytes);
        int full = 0;
        for (var room = 0; room < 42_000; room += 1500)
        {
            storage.CapacityBytes = used + room;
            var error = await Record.ExceptionAsync(
                async () => await BackupAsync(repository, 1, null, [.. Enumerable.Range(2, 10).Select(static seed => Noise(seed, 4000))]));
            if (error is null)
            {
                break;
            }

            full++;
            Assert.Equal(RepositoryFailure.DiskFull, Assert.IsType<RepositoryException>(error).Failure);
            Assert.Equal(before, storage.Files());
        }

        Assert.True(storage.WasFull);
        Assert.InRange(full, 20, 28);
        Assert.Equal(1, (await repository.ListSetsAsync(Token))[0].Sequence);
        Assert.Empty((await VerifyAsync(storage)).Problems);
    }

    [Fact]
    public async Task The_phases_of_a_commit_are_reported_in_order()
    {
        var storage = new TearingStorage();
        await using var repository = await CreateAsync(storage);
        var phases = new Recorder();
        await BackupAsync(repository, 1, null, [Noise(1, 100)], progress: phases);
        Assert.Equal(Enum.GetValues<CommitPhase>(), phases.Phases);
    }

    [Fact]
    public async Task The_error_of_a_second_writer_names_the_holder_of_the_lock()
    {
        var storage = new TearingStorage();
        await using var repository = await CreateAsync(storage);
        await using var other = await BackupRepository.OpenAsync(storage, Inline(), Token);
        var held = await repository.LockForWritingAsync("conn backup (pid 17)", Token);
        var error = await Assert.ThrowsAsync<RepositoryException>(async () => await other.LockForWritingAsync("another", Token));
        Assert.Equal(RepositoryFailure.InUse, error.Failure);
        Assert.Contains("conn backup (pid 17)", error.Message, StringComparison.Ordinal);
        Assert.Empty(await other.ListSetsAsync(Token));
        await held.DisposeAsync();
        await using var next = await other.LockForWritingAsync("another", Token);
        Assert.Empty(next.Notes);
    }

    [Fact]
    public async Task Calls_out_of_order_are_refused_and_change_nothing()
    {
        var storage = new TearingStorage();
        await using var repository = await CreateAsync(storage);
        await using var held = await repository.LockForWritingAsync("a test", Token);
        await using var writer = repository.BeginSet(held, new NewBackupSet());
        Assert.Throws<InvalidOperationException>(() => repository.BeginSet(held, new NewBackupSet()));
        var part = await writer.BeginPartAsync(new NewOwnerPart { Name = "one", Sid = 1 }, Token);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await writer.BeginPartAsync(new NewOwnerPart { Name = "two", Sid = 2 }, Token));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await writer.CommitAsync(SetOutcome.Succeeded, null, Token));
        var stream = await part.OpenStreamAsync(1, StreamKind.Data, Token);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await part.OpenStreamAsync(2, StreamKind.Data, Token));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await part.CompleteAsync(new PartResult { Outcome = PartOutcome.Succeeded }, Token));
        await Assert.ThrowsAsync<ArgumentException>(async () => await part.AbandonAsync(new PartResult { Outcome = PartOutcome.Succeeded }, Token));
        await stream.WriteAsync(new byte[10], Token);
        await stream.CompleteAsync(Token);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await stream.WriteAsync(new byte[10], Token));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await part.OpenStreamAsync(1, StreamKind.Data, Token));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await part.OpenStreamAsync(26, StreamKind.Data, Token));
        await part.CompleteAsync(new PartResult { Outcome = PartOutcome.Succeeded }, Token);
        await Assert.ThrowsAsync<ArgumentException>(async () => await writer.BeginPartAsync(new NewOwnerPart { Name = "one", Sid = 1 }, Token));
        Assert.Equal(10, (await writer.CommitAsync(SetOutcome.Succeeded, null, Token)).Bytes);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await writer.CommitAsync(SetOutcome.Succeeded, null, Token));
    }

    [Fact]
    public async Task Longer_texts_and_lists_are_shortened_and_marked()
    {
        var storage = new TearingStorage();
        await using var repository = await CreateAsync(storage);
        await using var held = await repository.LockForWritingAsync("a test", Token);
        await using var writer = repository.BeginSet(held, new NewBackupSet());
        var part = await writer.BeginPartAsync(new NewOwnerPart { Name = "one", Sid = 1 }, Token);
        var errors = Enumerable.Range(0, PartResult.MaxTexts + 5).Select(static number => $"file {number}").ToList();
        await part.CompleteAsync(new PartResult { Outcome = PartOutcome.Incomplete, Why = new string('x', 5000), Errors = errors }, Token);
        await writer.CommitAsync(SetOutcome.Partial, null, Token);
        var stored = (await repository.ListSetsAsync(Token))[0].Parts[0];
        Assert.Equal("… and 5 more", stored.Errors[^1]);
        Assert.EndsWith(" …", stored.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(uint.MaxValue)]
    public async Task The_data_version_is_stored_with_a_completed_and_with_an_abandoned_part(uint version)
    {
        var storage = new TearingStorage();
        await using var repository = await CreateAsync(storage);
        await using var held = await repository.LockForWritingAsync("a test", Token);
        await using var writer = repository.BeginSet(held, new NewBackupSet());
        await PartAsync(writer, 1, null, [[1, 2, 3]], dataVersion: version);
        var dropped = await writer.BeginPartAsync(new NewOwnerPart { Name = "two", Sid = 2, DataVersion = version }, Token);
        await dropped.AbandonAsync(new PartResult { Outcome = PartOutcome.Failed }, Token);
        await writer.CommitAsync(SetOutcome.Partial, null, Token);
        Assert.Equal([version, version], (await repository.ListSetsAsync(Token))[0].Parts.Select(static part => part.DataVersion));
        Assert.Empty((await VerifyAsync(storage)).Problems);
    }

    internal static void Flip(TearingStorage storage, string path, int offset)
    {
        var bytes = storage.Read(path);
        bytes[offset] ^= 0x10;
        storage.Put(path, bytes);
    }

    private sealed class Recorder : IProgress<CommitPhase>
    {
        public List<CommitPhase> Phases { get; } = [];

        public void Report(CommitPhase value) => Phases.Add(value);
    }
}
