using Conn.Repository.Encryption;
using Conn.Repository.Format;
using Conn.Repository.Sets;
using Conn.Repository.Tests.Campaigns;
using CsCheck;
using Xunit;
using static Conn.Repository.Tests.RepositoryKit;

namespace Conn.Repository.Tests;

/// <summary>Bytes that Conn did not write, also with valid checksums, cause typed failures only, and bounded allocations.</summary>
public sealed class HostileInputTests
{
    private static readonly byte[] Heads = [0x96, 0x98, 0x9c, 0xdc, 0xdd, 0xc4, 0xc6, 0xd9, 0xdb];

    private static readonly Gen<byte[]> Payload = Gen.OneOf(
        Gen.Byte.Array[0, 200],
        Gen.Select(Gen.Int[0, Heads.Length - 1].Select(static at => Heads[at]), Gen.Byte.Array[0, 60]).Select(static (head, rest) => (byte[])[head, .. rest]));

    [Fact]
    public void Random_values_in_a_valid_envelope_cause_typed_failures_only()
    {
        Payload.Sample(payload =>
        {
            foreach (var kind in Enum.GetValues<RecordKind>())
            {
                RequireTyped(kind, CheckedRecord.Seal(kind, payload));
                RequireTyped(kind, CheckedRecord.Seal(kind, payload, FormatLimits.ExtendedVersion));
                RequireTyped(kind, payload);
            }
        }, iter: 3000);
    }

    [Fact]
    public async Task A_record_with_one_changed_byte_and_a_valid_checksum_is_read_or_damaged()
    {
        var storage = await SmallAsync();
        var paths = storage.Files().Select(static file => file.Path)
            .Where(static path => !path.EndsWith(".data", StringComparison.Ordinal) && !path.StartsWith("lock", StringComparison.Ordinal));
        foreach (var path in paths)
        {
            var record = storage.Read(path);
            RecordKind kind = path switch
            {
                "index" => RecordKind.Index,
                "conn-repository" => RecordKind.Format,
                _ => path.StartsWith("sets/", StringComparison.Ordinal) ? RecordKind.Manifest : RecordKind.Restore,
            };
            for (var at = CheckedRecord.HeaderBytes; at < record.Length; at++)
            {
                foreach (var value in new byte[] { 0, 0x7f, 0x80, 0x9f, 0xc0, 0xdd, 0xdb, 0xff })
                {
                    var payload = record[CheckedRecord.HeaderBytes..];
                    payload[at - CheckedRecord.HeaderBytes] = value;
                    RequireTyped(kind, CheckedRecord.Seal(kind, payload));
                }
            }
        }
    }

    [Fact]
    public async Task A_manifest_with_valid_checksums_that_does_not_agree_with_the_files_is_found()
    {
        var storage = await SmallAsync();
        var index = IndexRecord.Open(storage.Read("index"));
        var indexed = index.Sets[0];
        var path = $"sets/00000001-{indexed.Id}/manifest";
        var manifest = ManifestRecord.Open(storage.Read(path));
        foreach (BackupSet falseSet in FalseSets(manifest.Set))
        {
            byte[] changed = (manifest with { Set = falseSet }).Seal();
            storage.Put(path, changed);
            storage.Put("index", (index with { Sets = [indexed with { ManifestSha = CheckedRecord.ShaOf(changed) }, .. index.Sets.Skip(1)] }).Seal());
            Assert.Contains((await VerifyAsync(storage)).Problems, problem => problem.Set == indexed.Id.Text);
        }
    }

    [Fact]
    public async Task Sections_with_valid_checksums_and_any_header_cause_typed_failures_only()
    {
        var storage = await SmallAsync();
        await using var repository = await BackupRepository.OpenAsync(storage, Inline(), Token);
        var part = (await repository.ListSetsAsync(Token))[1].Parts[0];
        IEnumerable<string> paths = storage.Files().Select(static file => file.Path).Where(static path => path.EndsWith(".data", StringComparison.Ordinal));
        string path = paths.Single(static path => path.StartsWith("sets/00000002", StringComparison.Ordinal));
        var good = storage.Read(path);
        var failures = 0;
        await Gen.Select(Gen.Int[SegmentHeader.Bytes + 16, good.Length - 1], Gen.Byte).SampleAsync(async (at, value) =>
        {
            var bad = (byte[])good.Clone();
            bad[at] = value;
            CraftedFile.Reseal(bad);
            storage.Put(path, bad);
            var error = await Record.ExceptionAsync(async () =>
            {
                await ReadAsync(repository, part, StreamKind.Data);
                await ReadAsync(repository, part, StreamKind.Snapshot);
            });
            failures += error is null ? 0 : 1;
            Assert.True(error is null or RepositoryException, error?.ToString());
        }, iter: 800, threads: 1);
        Assert.True(failures > 100, $"Only {failures} failures.");
    }

    [Fact]
    public void A_record_that_states_a_huge_list_allocates_little()
    {
        // Arrays of 2^32 - 1 and strings of 2^31 in a few bytes.
        byte[][] payloads = [[0xdd, 0xff, 0xff, 0xff, 0xff], [0x98, 0xdb, 0x7f, 0xff, 0xff, 0xff], [0x96, 0xc6, 0x7f, 0xff, 0xff, 0xff]];
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var payload in payloads)
        {
            foreach (var kind in Enum.GetValues<RecordKind>())
            {
                RequireTyped(kind, CheckedRecord.Seal(kind, payload));
            }
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 << 20);
    }

    private static IEnumerable<BackupSet> FalseSets(BackupSet set)
    {
        var part = set.Parts[0];
        var drive = part.Drives[0];
        yield return With(part with { Drives = [drive with { Data = drive.Data! with { Bytes = drive.Data.Bytes - 1 } }] });
        yield return With(part with { Drives = [drive with { Data = drive.Snapshot, Snapshot = drive.Data }] });
        yield return With(part with { Drives = [drive with { Drive = 5 }] });
        yield return With(part with { Drives = [drive with { Data = drive.Data with { Offset = drive.Data.Offset + 1 } }] });
        yield return With(part with { Segments = [part.Segments[0] with { Digest = new Hash128(0, 1) }, .. part.Segments.Skip(1)] });
        yield return With(part with { Segments = [part.Segments[1], part.Segments[0], .. part.Segments.Skip(2)] });
        yield return With(part with { Type = PartType.Increment, Parent = SetId.Create(Start, 5) });
        yield return set with { Id = SetId.Create(Start, 6) };
        yield return set with { Sequence = 9 };

        BackupSet With(OwnerPart changed) => set with { Parts = [changed, .. set.Parts.Skip(1)] };
    }

    private static void RequireTyped(RecordKind kind, byte[] record)
    {
        try
        {
            _ = kind switch
            {
                RecordKind.Format => (object)FormatRecord.Open(record),
                RecordKind.Index => IndexRecord.Open(record),
                RecordKind.Manifest => ManifestRecord.Open(record),
                RecordKind.Sums => SumsRecord.Open(record),
                RecordKind.Key => KeySlot.Open(record),
                RecordKind.Mark => StoredMark.Open(record),
                RecordKind.Seal => EpochSeal.Open(record),
                _ => StoredRestore.Open(record),
            };
        }
        catch (RepositoryException error)
        {
            Assert.Contains(error.Failure, new[] { RepositoryFailure.Damaged, RepositoryFailure.NewerFormat });
        }
    }
}
