using Conn.Parsers.Tests.Mutation;
using Conn.PubSub;
using Conn.PubSub.Extensions;
using MessagePack;

namespace Conn.Parsers.Tests.Parsers;

/// <summary>A property that holds a record in MessagePack, published by any client.</summary>
internal sealed class RecordCodecParser : FuzzedParser
{
    private readonly PropertyCodec<Reading[]> _codec = RecordCodec.For<Reading[]>(MessagePackSerializerOptions.Standard);

    public override string Name => "record-codec";

    public override IMutator Structure { get; } = new MessagePackMutator(skipped: 0);

    public override IReadOnlyList<byte[]> Examples() =>
        [_codec.Encode([new Reading { Name = "a", Value = 1.5, Tags = ["x", "y"], Inner = new Reading { Name = "b" } }, new Reading()]).Bytes.ToArray(), _codec.Encode([]).Bytes.ToArray()];

    public override void Parse(byte[] input) => _codec.TryDecode(input, out _);

    public override bool IsRefusal(Exception exception) => false;
}
