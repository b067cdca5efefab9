using Conn.DataOwners.Directory;

namespace Conn.Parsers.Tests.Parsers;

/// <summary>The data stream of a directory owner, as a base or as an increment, without a tree. The first byte of an input says how it is cut, the second which of both it
/// is.</summary>
internal sealed class DirectoryStreamParser : FuzzedParser
{
    public override string Name => "directory-stream";

    public override IReadOnlyList<byte[]> Examples() =>
        [[0, 0, .. DirectoryExamples.Base()], [7, 0, .. DirectoryExamples.Base()], [0, 1, .. DirectoryExamples.Increment()], [5, 1, .. DirectoryExamples.Base()]];

    public override void Parse(byte[] input)
    {
        if (input.Length < 2)
        {
            return;
        }

        StreamDecoder decoder = new(new Nothing(), increment: (input[1] & 1) == 1, previousScanStart: 0);
        foreach ((ReadOnlyMemory<byte> section, bool isLast) in Cuts.Of(input[2..], input[0]))
        {
            decoder.Push(section.Span, isLast, default);
        }
    }

    public override bool IsRefusal(Exception exception) => exception is ConnException refusal && refusal.Code == ErrorCode.Corrupt;

    private sealed class Nothing : StreamScan;
}
