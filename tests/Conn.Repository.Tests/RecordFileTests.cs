using Conn.Repository.Format;
using Conn.Repository.Restores;
using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests;

/// <summary>Every record is decoded with its own reader after it was written, and compared with what was meant, before it counts as written.</summary>
public sealed class RecordFileTests
{
    private static readonly Hash128 Id = new(0, 1234);
    private static readonly SetId ThisSet = SetId.Create(Start, 1);
    private static readonly RestoreOwner Owner = new() { Name = "one", Sid = 1, Set = ThisSet, Drives = [new RestoreDrive(2, new byte[10])] };

    private static readonly OwnerPart Part = new()
    {
        Set = ThisSet, Sequence = 3, Name = "one", Sid = 1, Kind = "kind", Outcome = PartOutcome.Succeeded, Why = "why", Notes = ["a", "b"], Errors = ["c"],
        Drives = [new DriveStreams(2, new StreamInfo(1, 5, 93) { Offset = 64 }, null)], Segments = [new SegmentInfo(157, 1, new Hash128(0, 7))],
    };

    [Fact]
    public async Task A_good_record_is_written_and_placed()
    {
        TearingStorage storage = new();
        await RecordFile.PrepareAsync(storage, "format", new FormatRecord(Id), Token);
        await RecordFile.PrepareAsync(storage, "index", Index(), Token);
        await RecordFile.PrepareAsync(storage, "manifest", Manifest(Part), Token);
        await RecordFile.PrepareAsync(storage, "restore", Restore(Owner), Token);
        await RecordFile.PlaceAsync(storage, "", "manifest", Token);
        Assert.Equal(Manifest(Part).Seal(), await RecordFile.ReadAsync(storage, "manifest", Token));
    }

    [Fact]
    public async Task A_record_that_its_own_reader_refuses_is_not_accepted()
    {
        await RequireRefusedAsync(Index() with { LastSequence = 1 });
        await RequireRefusedAsync(Index() with { Removals = [new NumberedId(2, ThisSet), new NumberedId(2, ThisSet)] });
        await RequireRefusedAsync(Index() with { Sets = [new IndexedSet(ThisSet, 4, default)] });
        await RequireRefusedAsync(Index() with { Restores = [new IndexedRestore(1, ThisSet, 4)] });
        await RequireRefusedAsync(Manifest(Part with { Kind = new string('x', 513) }));
        await RequireRefusedAsync(Manifest(Part with { Name = "" }));
        await RequireRefusedAsync(Manifest(Part with { Why = null! }));
        await RequireRefusedAsync(Manifest(Part with { Outcome = PartOutcome.Failed }));
        await RequireRefusedAsync(Manifest(Part with { Segments = [] }));
        await RequireRefusedAsync(Manifest(Part, Part));
        await RequireRefusedAsync(Restore(Owner with { Name = new string('x', 257) }));
        await RequireRefusedAsync(Restore(Owner with { Drives = [new RestoreDrive(2, new byte[5000])] }));
        await RequireRefusedAsync(Restore(Owner with { Drives = [new RestoreDrive(2, default), new RestoreDrive(1, default)] }));
    }

    [Fact]
    public async Task A_record_that_is_decoded_to_something_else_is_not_accepted()
    {
        // UTF-8 cannot represent half of a surrogate pair: the bytes are valid, and decode to another text.
        const string Lost = "name \ud83d";
        await RequireRefusedAsync(Manifest(Part with { Name = Lost }));
        await RequireRefusedAsync(Manifest(Part with { Kind = Lost }));
        await RequireRefusedAsync(Manifest(Part with { Notes = [Lost] }));
        await RequireRefusedAsync(Restore(Owner with { Name = Lost }));

        // A manifest states these members once for all parts.
        await RequireRefusedAsync(Manifest(Part with { Sequence = 4 }));
        await RequireRefusedAsync(Manifest(Part with { Set = SetId.Create(Start, 2) }));
        await RequireRefusedAsync(Manifest(Part with { Number = 1 }));
    }

    [Fact]
    public async Task A_set_whose_manifest_its_reader_refuses_is_not_committed()
    {
        TearingStorage storage = new();
        await using BackupRepository repository = await CreateAsync(storage);
        await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", Token);
        await using (BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet()))
        {
            writer.End(new OwnerPart { Set = writer.Id, Sequence = 0, Name = "one", Sid = 1, Kind = new string('x', 513), Outcome = PartOutcome.Skipped }, []);
            RepositoryException error = await Assert.ThrowsAsync<RepositoryException>(async () => await writer.CommitAsync(SetOutcome.Succeeded, null, Token));
            Assert.Equal(RepositoryFailure.Damaged, error.Failure);
        }

        SetList sets = await repository.ListSetsAsync(Token);
        Assert.Empty(sets);
        Assert.Empty(sets.Problems);
        Assert.Empty((await VerifyAsync(storage)).Notes.Where(static note => !note.StartsWith("A writer", StringComparison.Ordinal)));
    }

    private static IndexRecord Index()
    {
        IndexedSet[] sets = [new(ThisSet, 2, Sha(1, 2)), new(ThisSet, 3, Sha(3, 4))];
        return new IndexRecord(Id, 3, 1, sets, [new IndexedRestore(1, ThisSet, 2)], []);
    }

    private static Sha256Hash Sha(ulong first, ulong second) => new(new Hash128(0, first), new Hash128(0, second));

    private static ManifestRecord Manifest(params OwnerPart[] parts) =>
        new(Id, new BackupSet { Id = ThisSet, Sequence = 3, Time = Start, Outcome = SetOutcome.Succeeded, Parts = parts });

    private static StoredRestore Restore(RestoreOwner owner) =>
        new(Id, new RestoreRecord { Id = ThisSet.Text, Number = 1, Time = Start, Sequence = 3, Owners = [owner] });

    private static async Task RequireRefusedAsync<T>(T record)
        where T : IStoredRecord<T>
    {
        TearingStorage storage = new();
        RepositoryException error = await Assert.ThrowsAsync<RepositoryException>(async () => await RecordFile.PrepareAsync(storage, "record", record, Token));
        Assert.Equal(RepositoryFailure.Damaged, error.Failure);
        Assert.Contains("record.new", error.Message, StringComparison.Ordinal);
    }
}
