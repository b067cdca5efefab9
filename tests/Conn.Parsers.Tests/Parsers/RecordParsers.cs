using Conn.Repository.Encryption;
using Conn.Repository.Format;
using Conn.Repository.Restores;
using Conn.Repository.Sets;

namespace Conn.Parsers.Tests.Parsers;

/// <summary>The parsers of all kinds of records, each with legal ones.</summary>
internal static class RecordParsers
{
    private static readonly Hash128 Repository = new(1, 2);
    private static readonly DateTimeOffset Time = new(2026, 11, 23, 0, 11, 22, TimeSpan.Zero);
    private static readonly Sha256Hash Sha = Sha256Hash.Read(new byte[32]);
    private static readonly SetId First = SetId.Create(Time, 1);
    private static readonly SetId Second = SetId.Create(Time, 2);

    public static IEnumerable<FuzzedParser> All =>
    [
        new EnvelopeParser(),
        new RecordParser<FormatRecord>(RecordKind.Format, new FormatRecord(Repository), new FormatRecord(Repository, true), new FormatRecord(Repository, true) { Cipher = FileCipher.ChaCha20Poly1305 }),
        new RecordParser<IndexRecord>(RecordKind.Index, Index(), Index() with { Held = [new NumberedId(2, Second)] }, new IndexRecord(Repository, 0, 0, [], [], [])),
        new RecordParser<ManifestRecord>(RecordKind.Manifest, new ManifestRecord(Repository, Set())),
        new RecordParser<StoredRestore>(RecordKind.Restore, new StoredRestore(Repository, Restore())),
        new RecordParser<StoredMark>(RecordKind.Mark, new StoredMark(Repository, Mark())),
        new RecordParser<SumsRecord>(RecordKind.Sums, new SumsRecord(Repository, First, [new StoredSum("manifest", 100, new Hash128(3, 4)), new StoredSum("0000-000000.data", 1, new Hash128(3, 4))])),
        new RecordParser<KeySlot>(
            RecordKind.Key,
            new KeySlot(Repository, First, KeyKind.Passphrase, 1, 65536, 4, new byte[16], new byte[48]),
            new KeySlot(Repository, First, KeyKind.Recovery, 2, 0, 0, new byte[16], new byte[64 + 16 + 100])),
        new RecordParser<EpochSeal>(RecordKind.Seal, new EpochSeal(Repository, 2, new Dictionary<string, SealedFile> { ["index"] = new(10, Sha), ["set/a/manifest"] = new(1L << 40, Sha) })),
    ];

    private static IndexRecord Index() => new(
        Repository, 9, 2, [new IndexedSet(First, 1, Sha), new IndexedSet(Second, 2, Sha)], [new IndexedRestore(1, First, 2)], [new NumberedId(7, First)]);

    private static SetMark Mark() => new() { Set = First, Sequence = 1, Kind = SetMarkKind.Held, Time = Time, Why = "before the move", Pruned = [1, 2, 0x2000A001] };

    private static RestoreRecord Restore() => new()
    {
        Id = First.Text, Number = 1, Time = Time, Sequence = 3,
        Owners = [new RestoreOwner { Name = "notes", Sid = 1, Set = First, ChangesParent = true, Drives = [new RestoreDrive(2, new byte[20]), new RestoreDrive(3, default)] }],
    };

    private static BackupSet Set() => new()
    {
        Id = Second, Sequence = 2, Time = Time, Outcome = SetOutcome.Partial, Host = "host", Tags = ["nightly"], Previous = new IndexedSet(First, 1, Sha),
        Parts =
        [
            new OwnerPart
            {
                Set = Second, Sequence = 2, Number = 0, Name = "notes", Sid = 1, Kind = "directory", Source = "/home", Parent = First, Outcome = PartOutcome.Succeeded,
                Type = PartType.Increment, Why = "", Notes = ["a note"], Errors = [], TotalBytes = 7,
                Drives = [new DriveStreams(2, new StreamInfo(1, 5, 93) { Segment = 0, Offset = 64 }, new StreamInfo(1, 900, 200) { Segment = 0, Offset = 157 })],
                Segments = [new SegmentInfo(64 + 293, 2, new Hash128(5, 6))],
            },
            new OwnerPart { Set = Second, Sequence = 2, Number = 1, Name = "ledger", Sid = 2, Outcome = PartOutcome.Failed, ErrorCode = -4, Why = "why", Notes = [], Errors = ["an error"] },
        ],
    };
}
