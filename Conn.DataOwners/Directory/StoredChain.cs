using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Conn.ActiveBackup.Content;

namespace Conn.DataOwners.Directory;

/// <summary>The data streams of one drive, base first, each of which can be scanned any number of times with every check of a restore.</summary>
internal sealed class StoredChain(IReadOnlyList<StoredStream> streams)
{
    private readonly long[] _scanStarts = new long[streams.Count];

    internal int Count => streams.Count;

    /// <summary>Reads the heads of the streams: each increment must name the one before it.</summary>
    internal async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        for (int i = 0; i < streams.Count; i++)
        {
            byte[] head = new byte[StreamFormat.HeaderBytes];
            int used = 0;
            await foreach (ReadOnlyMemory<byte> section in streams[i].Open(cancellationToken))
            {
                int more = Math.Min(section.Length, head.Length - used);
                section[..more].CopyTo(head.AsMemory(used));
                used += more;
                if (used == head.Length)
                {
                    break;
                }
            }

            _scanStarts[i] = BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(8));
        }
    }

    /// <summary>Follows one stream until the scan needs no more of it.</summary>
    internal async ValueTask ScanAsync(int index, StreamScan scan, CancellationToken cancellationToken)
    {
        await foreach (ReadOnlyMemory<byte> _ in SectionsAsync(index, scan, null, cancellationToken))
        {
        }
    }

    /// <summary>Follows one stream, and returns after each section, so that what the scan took of it can be handed on.</summary>
    /// <param name="index">Which stream.</param>
    /// <param name="scan">What follows it.</param>
    /// <param name="before">Called with the length of each section before it is followed.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    internal async IAsyncEnumerable<ReadOnlyMemory<byte>> SectionsAsync(
        int index, StreamScan scan, Action<int>? before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (scan.IsDone)
        {
            yield break;
        }

        StreamDecoder decoder = new(scan, index > 0, index > 0 ? _scanStarts[index - 1] : 0);
        await foreach (ReadOnlyMemory<byte> section in streams[index].Open(cancellationToken))
        {
            before?.Invoke(section.Length);
            decoder.Push(section.Span, last: false, cancellationToken);
            yield return section;
            if (scan.IsDone)
            {
                yield break;
            }
        }

        if (!decoder.IsComplete)
        {
            throw WireReader.Corrupt("the stream ends too early");
        }
    }
}
