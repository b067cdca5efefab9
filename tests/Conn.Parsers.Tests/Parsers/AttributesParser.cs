using Conn.ActiveBackup.Content;
using Conn.DataOwners;
using Conn.DataOwners.Directory;

namespace Conn.Parsers.Tests.Parsers;

/// <summary>The extended attributes of an entry, with the ACLs in them, and the journal of a restore of a directory owner.</summary>
internal sealed class AttributesParser : FuzzedParser
{
    public override string Name => "directory-attributes";

    public override int MaxInputBytes => 8192;

    public override IReadOnlyList<byte[]> Examples() =>
    [
        [6, .. "user.x"u8, 3, .. "abc"u8],
        [23, .. "system.posix_acl_access"u8, 28, 2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 6, 0, 1, 0, 0, 0, 8, 0, 4, 0, 9, 0, 0, 0],
        new RestoreJournal(StagingPlace.NameFor("docs", "0123456789abcdef"), "target", 1, 2).ToBytes(),
    ];

    public override void Parse(byte[] input)
    {
        _ = RestoreJournal.Parse(input);
        ContentEntry entry = new() { Path = default, Kind = ContentKind.File, ExtendedAttributes = input };
        foreach (ContentAttribute attribute in DirectoryAttributes.Of(entry).Where(static a => a.AclText is not null))
        {
            foreach ((bool IsGroup, uint Number, int Offset) named in AclEntries.Of(attribute.Value.Span))
            {
                _ = attribute.Value.Slice(named.Offset, sizeof(uint));
            }
        }
    }

    public override bool IsRefusal(Exception exception) => exception is ConnException refusal && refusal.Code == ErrorCode.Corrupt;
}
