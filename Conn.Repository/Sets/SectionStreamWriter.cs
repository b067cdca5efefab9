using Conn.Repository.Format;

namespace Conn.Repository.Sets;

/// <summary>Writes the sections of one stream. One call at a time.</summary>
public sealed class SectionStreamWriter
{
    private readonly SectionPipeline _pipeline;
    private readonly SegmentAppender _appender;
    private readonly int _sectionBytes;
    private long _number;
    private long _bytes;
    private long _storedBytes;
    private int _segment;
    private long _offset;

    internal SectionStreamWriter(
        SectionPipeline pipeline, SegmentAppender appender, int sectionBytes, byte drive, StreamKind kind, SnapshotSections? parentSections)
    {
        _pipeline = pipeline;
        _appender = appender;
        _sectionBytes = sectionBytes;
        Drive = drive;
        Kind = kind;
        ParentSections = parentSections;
    }

    /// <summary>Gets the number of plain bytes that were queued so far.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Gets the number of bytes that were written so far, with headers. Queued sections are not counted.</summary>
    public long StoredBytes => Interlocked.Read(ref _storedBytes);

    internal byte Drive { get; }

    internal StreamKind Kind { get; }

    /// <summary>The snapshot sections of the parent, which this stream can refer to; null when there are none.</summary>
    internal SnapshotSections? ParentSections { get; }

    internal PartFailure Failure => _appender.Failure;

    internal bool Ended { get; private set; }

    /// <summary>The stream as the manifest describes it; valid when the stream is completed.</summary>
    internal StreamInfo Info => new(_number, Bytes, StoredBytes) { Segment = _segment, Offset = _offset };

    /// <summary>Stores a section. Sections keep their order and their boundaries.</summary>
    /// <param name="section">
    /// The bytes; they are copied once. The memory is the caller's again when the task completes, and a later change of it does not change what is stored.
    /// An empty section is not stored. A section longer than <see cref="RepositoryOptions.SectionBytes"/> is cut into sections of that length.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait for a free buffer. The first pieces of a section that is cut may already be queued.</param>
    /// <returns>A task that completes when the section is queued, before it is written. It waits while all buffers are in use.</returns>
    /// <exception cref="InvalidOperationException">The stream was completed, or its part has ended.</exception>
    /// <exception cref="RepositoryException">The storage failed, now or earlier.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> section, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ThrowIfEnded();
        while (section.Length > 0)
        {
            int length = Math.Min(section.Length, _sectionBytes);
            await _pipeline.WriteAsync(this, section[..length], _number, cancellationToken);
            _number++;
            Interlocked.Add(ref _bytes, length);
            section = section[length..];
        }
    }

    /// <summary>Completes the stream.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>A task that completes when all sections are written. They are durable after the commit.</returns>
    /// <exception cref="InvalidOperationException">The stream was completed, or its part has ended.</exception>
    /// <exception cref="RepositoryException">The storage failed, now or earlier.</exception>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfEnded();
        await _pipeline.WhenIdle().WaitAsync(cancellationToken);
        Failure.ThrowIfFailed();
        Ended = true;
    }

    /// <summary>Ends the stream without waiting, because its part is abandoned.</summary>
    internal void Close() => Ended = true;

    /// <summary>Appends an encoded section of this stream. Called in the order of the sections, by one thread at a time.</summary>
    internal async ValueTask AppendAsync(SectionFrame frame, CancellationToken cancellationToken)
    {
        bool isFirst = StoredBytes == 0;
        (int segment, long offset) = await _appender.AppendAsync(frame, cancellationToken);
        if (isFirst)
        {
            (_segment, _offset) = (segment, offset);
        }

        Interlocked.Add(ref _storedBytes, SectionHeader.Bytes + frame.Header.StoredBytes);
    }

    private void ThrowIfEnded()
    {
        if (Ended)
        {
            throw new InvalidOperationException(
                $"The {Kind} stream of drive {(char)('A' + Drive)} was completed already, or its part has ended; open another stream.");
        }
    }
}
