using Conn.Parsers.Tests.Parsers;

namespace Conn.Parsers.Tests;

/// <summary>Every parser of bytes from a repository, a peer or a user. The socket as a whole has its own campaign, `Conn.Ipc.Tests.FuzzCampaign`.</summary>
internal static class AllParsers
{
    public static IReadOnlyList<FuzzedParser> Create() =>
    [
        .. RecordParsers.All, new SegmentParser(), new EncryptedFileParser(), new NameParser(),
        new DirectoryStreamParser(), new DirectorySnapshotParser(), new DirectoryContentParser(), new DirectoryRestoreParser(), new AttributesParser(),
        new SqliteStreamParser(), new SqliteStateParser(), new CommandOutputParser(),
        new PropertyFileParser(), new WireParser(), new RecordCodecParser(), new ConfigurationParser(),
    ];
}
