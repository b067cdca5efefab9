using System.Buffers;
using Conn.Ipc;
using Conn.Parsers.Tests.Mutation;
using MessagePack;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace Conn.Parsers.Tests.Parsers;

/// <summary>A message of another process: its envelope, then each of its arguments, or its result, as every type that crosses.</summary>
internal sealed class WireParser : FuzzedParser
{
    private static readonly WireName Property = new(1, 2);
    private static readonly WireChange Change = new(0, 1, 7, [1, 2], 3, 4, true);

    public override string Name => "wire";

    public override IMutator Structure { get; } = new MessagePackMutator(skipped: 0);

    public override IReadOnlyList<byte[]> Examples() =>
    [
        Request("DefineAsync", 1, Property, new WireDefinition(1, new WirePolicy(0, 0, 0), new WirePolicy(1, 2, 3), 4, 0)),
        Request("SetAsync", 1, Property, new WireValue(5, null), 6L),
        Request("PublishAsync", 1, new WireBatch([Property], [new WireValue(0, [1])], [Property], [7])),
        Request("ChangesAsync", new WireChanges([new WireEntry(1, 2, 3, null, 4, new WireValue(5, null), 6, 7, 8, 9, 10)], true, 1, 2)),
        Request("ResumeAsync", [new WireHeld[] { new(Property, 1, 2, 3) }]),
        Request("InvokeAsync", new WireCall(1, 2, 3, 4, 5, 6, true, 7, 8, 9, false)),
        Request("ConnectAsync", new WireOwner(1, true, 2, true, "a")),
        Request("OfferAsync", 1u, "a", new string[] { "/a", "/b" }),
        Result(new WireStore(true, 1, Guid.Empty)), Result(new WireOutcome(0, 1, 2, 3)), Result(new WireReading(0, new WireValue(1, null), 2, 3, 4)),
        Result(new WireList([new WireInfo(Property, 1, 2, 3, Change)], 4, 5)), Result(new WireEvents([new WireEvent(1, Property, Change, 2, false)], true)),
        Result(new WireSubscription[] { new(1, Property, null, 2, 3, 4), new(1, null, 5, 2, 3, 4) }), Result(new WireMode(1, 2)),
        Result(new WireResult(0, "a", 1, true, 2, [3], ["n"], [], "why", 4)), Result("text"), Result(new byte[] { 1, 2, 3 }),
        QuickMessage.Request(-1, "SetAsync", QuickMessage.Encoded(new WireSet(1, Property, new WireValue(5, null), null))).Bytes.ToArray(),
        Encoded(new JsonRpcError { RequestId = new RequestId(1), Error = new JsonRpcError.ErrorDetail { Code = (JsonRpcErrorCode)(-5), Message = "no" } }),
        Encoded(new JsonRpcRequest { Method = "$/cancelRequest", NamedArguments = new Dictionary<string, object?> { ["id"] = new RequestId(3) } }),
    ];

    public override void Parse(byte[] input)
    {
        JsonRpcMessage message = new WireFormatter(WireFormatter.MaxServerValues).Deserialize(new ReadOnlySequence<byte>(input));
        foreach (Type type in WireType.All)
        {
            for (int i = 0; message is JsonRpcRequest request && i < Math.Min(request.ArgumentCount, 4); i++)
            {
                TryRead(() => request.TryGetArgumentByNameOrIndex(request.ArgumentNames?.ElementAt(i), i, type, out _));
            }

            TryRead(() => (message as WireAnswer)?.Read(type));
        }

        MessagePackReader reader = new(input);
        if (QuickMessage.TryReadId(ref reader, out _, out _) && QuickMessage.TryReadMethod(ref reader, "SetAsync"))
        {
            _ = WireSet.Decode(ref reader);
        }
    }

    public override bool IsRefusal(Exception exception) => exception is ConnException || WireCodec.IsMalformed(exception);

    private static void TryRead(Action read)
    {
        try
        {
            read();
        }
        catch (Exception e) when (e is RpcArgumentDeserializationException or MessagePackSerializationException)
        {
            // It is of another type.
        }
    }

    private static byte[] Request(string method, params object?[] arguments) =>
        Encoded(new JsonRpcRequest { RequestId = new RequestId(1), Method = method, ArgumentsList = arguments });

    private static byte[] Result(object result) => Encoded(new JsonRpcResult { RequestId = new RequestId(1), Result = result });

    private static byte[] Encoded(JsonRpcMessage message)
    {
        ArrayBufferWriter<byte> buffer = new();
        new WireFormatter(int.MaxValue).Serialize(buffer, message);
        return buffer.WrittenSpan.ToArray();
    }
}
