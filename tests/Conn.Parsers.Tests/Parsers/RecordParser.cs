using Conn.Parsers.Tests.Mutation;
using Conn.Repository;
using Conn.Repository.Format;

namespace Conn.Parsers.Tests.Parsers;

/// <summary>A checked record of one kind. The first byte of an input is its version, the rest its payload.</summary>
internal sealed class RecordParser<T>(RecordKind kind, params T[] records) : FuzzedParser
    where T : IStoredRecord<T>
{
    public override string Name => $"record-{kind}".ToLowerInvariant();

    public override IMutator Structure { get; } = new MessagePackMutator(skipped: 1);

    public override IReadOnlyList<byte[]> Examples() => [.. records.Select(static record => record.Seal()).Select(static bytes => Input(bytes))];

    public override void Parse(byte[] input)
    {
        byte[] stored = CheckedRecord.Seal(kind, input.AsSpan(Math.Min(1, input.Length)), input.Length == 0 ? 0 : input[0]);
        T record = T.Open(stored);

        // What was read can be written, and is the same again.
        if (!record.IsSameAs(T.Open(record.Seal())))
        {
            throw new InvalidOperationException("A record that was read and written is another one.");
        }
    }

    public override bool IsRefusal(Exception exception) => exception is RepositoryException { Failure: RepositoryFailure.Damaged or RepositoryFailure.NewerFormat };

    private static byte[] Input(byte[] record) => [(byte)CheckedRecord.VersionOf(record), .. record.AsSpan(CheckedRecord.HeaderBytes)];
}
