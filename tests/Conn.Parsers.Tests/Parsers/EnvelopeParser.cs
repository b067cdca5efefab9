using Conn.Repository;
using Conn.Repository.Format;

namespace Conn.Parsers.Tests.Parsers;

/// <summary>The envelope of a record, with whatever checksum the input has.</summary>
internal sealed class EnvelopeParser : FuzzedParser
{
    public override string Name => "record-envelope";

    public override IReadOnlyList<byte[]> Examples() =>
        [CheckedRecord.Seal(RecordKind.Index, [0x90]), CheckedRecord.Seal(RecordKind.Key, "text"u8, 2), CheckedRecord.Seal(RecordKind.Mark, [], 3)];

    public override void Parse(byte[] input)
    {
        foreach (RecordKind kind in Enum.GetValues<RecordKind>())
        {
            try
            {
                _ = CheckedRecord.Open(kind, input);
            }
            catch (Exception exception) when (IsRefusal(exception))
            {
                // The next kind may take it.
            }
        }
    }

    public override bool IsRefusal(Exception exception) => exception is RepositoryException { Failure: RepositoryFailure.Damaged or RepositoryFailure.NewerFormat };
}
