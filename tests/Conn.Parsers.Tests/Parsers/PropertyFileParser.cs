using System.Security.Cryptography;
using Conn.Parsers.Tests.Mutation;
using Conn.PubSub;
using Conn.PubSub.Extensions;
using Conn.PubSub.Security;

namespace Conn.Parsers.Tests.Parsers;

/// <summary>The file of persisted properties. An input is what its checksum covers.</summary>
internal sealed class PropertyFileParser : FuzzedParser
{
    private const int HeadBytes = 8 + 32;

    public override string Name => "property-file";

    public override IMutator Structure { get; } = new MessagePackMutator(skipped: 0);

    public override IReadOnlyList<byte[]> Examples()
    {
        PropertyDefinition number = new() { Type = PropertyType.Int, Read = SecurityPolicy.AlwaysPass, Write = SecurityPolicy.AlwaysPass, Lifetime = PropertyLifetime.Persisted };
        PropertyDefinition bytes = number with { Type = PropertyType.LargeByteArray };
        return
        [
            StoredProperties.Encode(9, [new(new PropertyName(1, 2), number, new SecureId(3), 7, new Revision(8)), new(new PropertyName(1, 3), bytes, new SecureId(3), new byte[9], new Revision(9))])[HeadBytes..],
            StoredProperties.Encode(0, [])[HeadBytes..],
        ];
    }

    public override void Parse(byte[] input)
    {
        byte[] file = [.. "CONNPS1\n"u8, .. SHA256.HashData(input), .. input];
        if (StoredProperties.Decode(file) is { } state && StoredProperties.Decode(StoredProperties.Encode(state.Revision.Value, [.. state.Properties])) is null)
        {
            throw new InvalidOperationException("A file that was read and written cannot be read.");
        }
    }

    // Null says that the file is damaged.
    public override bool IsRefusal(Exception exception) => false;
}
