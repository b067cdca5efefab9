using Conn.Repository;
using Conn.Repository.Format;
using Conn.Repository.Sets;
using Conn.Repository.Tests;
using Conn.Testing.Storage;

namespace Conn.Parsers.Tests.Parsers;

/// <summary>The sections of a segment file: their headers, their compressed bytes, and references. The header of the file and the checksums of its sections are made
/// right.</summary>
internal sealed class SegmentParser : FuzzedParser
{
    private static readonly SegmentHeader Identity = new(SetId.Parse("20261123T001122Z-6f3a9c01"), 0, 0);
    private readonly SectionDecoder _decoder = new();

    public override string Name => "segment";

    public override IReadOnlyList<byte[]> Examples() => Task.Run(ExamplesAsync).GetAwaiter().GetResult();

    public override void Parse(byte[] input)
    {
        byte[] file = new byte[SegmentHeader.Bytes + input.Length];
        long seed = Identity.Write(file);
        input.CopyTo(file.AsSpan(SegmentHeader.Bytes));
        for (int at = SegmentHeader.Bytes; file.Length - at >= SectionHeader.Bytes && SectionHeader.TryRead(file.AsSpan(at), out SectionHeader header);)
        {
            int end = at + SectionHeader.Bytes + header.StoredBytes;
            if (end > file.Length || end < at)
            {
                break;
            }

            ContentHash.Of(file.AsSpan((at + SectionHeader.CheckedFrom)..end), seed).WriteBigEndian(file.AsSpan(at));
            at = end;
        }

        ReadAsync(new OneFile(file)).AsTask().GetAwaiter().GetResult();
    }

    public override bool IsRefusal(Exception exception) => exception is RepositoryException { Failure: RepositoryFailure.Damaged };

    private async ValueTask ReadAsync(OneFile storage)
    {
        SectionFrame frame = new();
        await using SegmentReader reader = await SegmentReader.OpenAsync(storage, "set", Identity, storage.Bytes.Length, false, default);
        while (await reader.ReadAsync(frame, default))
        {
            if (frame.Header.Encoding == SectionEncoding.Reference)
            {
                _ = SectionReference.TryRead(frame.Body.Span, out _);
            }
            else
            {
                _ = _decoder.Decode(frame);
            }
        }
    }

    private static async Task<IReadOnlyList<byte[]>> ExamplesAsync()
    {
        TearingStorage storage = await RepositoryKit.SmallAsync();
        return [.. storage.Files().Where(static f => f.Path.EndsWith(".data", StringComparison.Ordinal)).Select(f => storage.Read(f.Path)[SegmentHeader.Bytes..])];
    }
}
