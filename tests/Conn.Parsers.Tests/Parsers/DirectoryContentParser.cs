using Conn.ActiveBackup.Content;
using Conn.DataOwners;

namespace Conn.Parsers.Tests.Parsers;

/// <summary>Everything is extracted from a snapshot, a base and an increment of a directory owner.</summary>
internal sealed class DirectoryContentParser : FuzzedParser
{
    private const long MaxHole = 1L << 62;
    private readonly DirectoryContent _content = new();

    public override string Name => "directory-content";

    public override IReadOnlyList<byte[]> Examples() =>
    [
        Cuts.Join(DirectoryExamples.Snapshot(), DirectoryExamples.Base(), DirectoryExamples.Increment()), Cuts.Join(DirectoryExamples.Snapshot(), DirectoryExamples.Base(), []),
    ];

    public override void Parse(byte[] input)
    {
        byte[][] parts = Cuts.Parts(input, 3);
        StoredStream[] chain = [Cuts.Stream(parts[1], 0), Cuts.Stream(parts[2], 0)];
        ExtractAsync(new StoredContent { Snapshot = Cuts.Stream(parts[0], 0), Chain = parts[2].Length == 0 ? chain[..1] : chain }).AsTask().GetAwaiter().GetResult();
    }

    public override bool IsRefusal(Exception exception) => exception is ConnException refusal && refusal.Code == ErrorCode.Corrupt;

    private async ValueTask ExtractAsync(StoredContent content)
    {
        await foreach (ContentPiece piece in _content.ExtractContentAsync(content, static _ => true, default))
        {
            if (piece.HoleBytes is < 0 or > MaxHole)
            {
                throw new InvalidOperationException("A hole has no sensible length.");
            }
        }
    }
}
