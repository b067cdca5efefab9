using Conn.Repository.Encryption;
using Conn.Repository.Format;
using Conn.Repository.Sets;
using Conn.Testing.Storage;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests;

/// <summary>Records with right checksums that no writer of ours writes: each is a problem of its set, hides no other, and costs no more memory than a record may.</summary>
public sealed class CraftedRecordTests
{
    private const long Most = FormatLimits.MaxBytes;

    [Fact]
    public async Task A_manifest_that_makes_no_sense_is_a_problem_of_its_set_alone()
    {
        foreach ((string what, Func<OwnerPart, IEnumerable<OwnerPart>> craft) in new (string, Func<OwnerPart, IEnumerable<OwnerPart>>)[]
        {
            ("two parts of one name", static part => [part, part with { Sid = 77, Number = 1 }]),
            ("two parts of one owner", static part => [part, part with { Name = "another", Number = 1 }]),
            ("sizes that add up too high", static part => Enumerable.Range(0, 9000).Select(i => Empty(part, i) with { TotalBytes = Most })),
            ("stored bytes that add up too high", static part => [Big(part, Most, 0), Big(part, Most, 1)]),
            ("a size that is too high", static part => [Empty(part, 0) with { TotalBytes = Most + 1 }]),
            ("too many parts", static part => Enumerable.Range(0, FormatLimits.MaxParts + 1).Select(i => Empty(part, i))),
            ("too many notes", static part => [part with { Notes = [.. Enumerable.Repeat("", FormatLimits.MaxTexts + 1)] }]),
        })
        {
            TearingStorage storage = await SmallAsync();
            await using BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(), Token);
            BackupSet third = (await repository.ListSetsAsync(Token))[2];
            BackupSet crafted = third with { Parts = [.. craft(third.Parts[0])] };
            Replace(storage, repository, crafted);
            SetList sets = await repository.ListSetsAsync(Token);
            Assert.Equal([1L, 2L], sets.Select(static set => set.Sequence));
            Assert.True(sets.Problems.Count == 1 && sets.Problems[0].Set == third.Id.Text, what);
            Assert.Contains((await VerifyAsync(storage)).Problems, problem => problem.Set == third.Id.Text);
        }
    }

    [Fact]
    public async Task A_sequence_that_no_writer_gives_is_a_problem_and_the_next_backup_is_listed()
    {
        TearingStorage storage = await SmallAsync();
        IndexRecord index = IndexRecord.Open(storage.Read("index"));
        storage.Put("index", (index with { LastSequence = long.MaxValue }).Seal());
        await using BackupRepository repository = await BackupRepository.OpenAsync(storage, Inline(seed: 4), Token);
        Assert.Equal(3, (await repository.ListSetsAsync(Token)).Count);
        Assert.Equal(4, (await BackupAsync(repository, 1, null, [Noise(1, 10)])).Sequence);
        Assert.Equal(4, (await repository.ListSetsAsync(Token)).Count);
    }

    [Theory]
    [InlineData((int)RecordKind.Index)]
    [InlineData((int)RecordKind.Manifest)]
    [InlineData((int)RecordKind.Restore)]
    [InlineData((int)RecordKind.Sums)]
    [InlineData((int)RecordKind.Mark)]
    [InlineData((int)RecordKind.Seal)]
    public void A_list_that_is_said_to_have_millions_of_items_is_refused_before_memory_is_taken(int kind)
    {
        // An array of ten fields, and each of its places a list of as many items as bytes follow.
        byte[] filler = new byte[2 << 20];
        Array.Fill(filler, (byte)0xC0);
        for (int at = 0; at < 12; at++)
        {
            byte[] payload = [(byte)(0x90 + 11), .. Enumerable.Repeat((byte)0xC0, at), 0xDD, 0x00, 0x20, 0, 0, .. filler];
            byte[] record = CheckedRecord.Seal((RecordKind)kind, payload);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<RepositoryException>(() => Open((RecordKind)kind, record));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        }
    }

    private static object Open(RecordKind kind, byte[] record) => kind switch
    {
        RecordKind.Index => IndexRecord.Open(record),
        RecordKind.Manifest => ManifestRecord.Open(record),
        RecordKind.Restore => StoredRestore.Open(record),
        RecordKind.Sums => SumsRecord.Open(record),
        RecordKind.Seal => EpochSeal.Open(record),
        _ => StoredMark.Open(record),
    };

    private static OwnerPart Empty(OwnerPart part, int number) => part with
    {
        Name = $"owner {number}", Sid = (uint)number + 1, Number = number, Drives = [], Segments = [], Type = PartType.Base, Parent = null,
    };

    private static OwnerPart Big(OwnerPart part, long bytes, int number) => Empty(part, number) with
    {
        Drives = [new DriveStreams(DriveC, new StreamInfo(1, 1, bytes - SegmentHeader.Bytes) { Offset = SegmentHeader.Bytes }, null)],
        Segments = [new SegmentInfo(bytes, 1, default)],
    };

    private static void Replace(TearingStorage storage, BackupRepository repository, BackupSet crafted)
    {
        byte[] manifest = new ManifestRecord(repository.Identity, crafted).Seal();
        string path = RepositoryLayout.SetFolder(crafted.Sequence, crafted.Id) + "/manifest";
        storage.Put(path, manifest);
        IndexRecord index = IndexRecord.Open(storage.Read("index"));
        IndexedSet[] sets = [.. index.Sets.Select(set => set.Id == crafted.Id ? set with { ManifestSha = CheckedRecord.ShaOf(manifest) } : set)];
        storage.Put("index", (index with { Sets = sets }).Seal());
    }
}
