using Conn.Repository.Format;

namespace Conn.Repository.Sets;

/// <summary>Takes the sections of one stream. One call at a time.</summary>
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

    internal SectionStreamWriter(SectionPipeline pipeline, SegmentAppender appender, int sectionBytes, byte drive, StreamKind kind, SnapshotSections? known)
    {
        _pipeline = pipeline;
        _appender = appender;
        _sectionBytes = sectionBytes;
        Drive = drive;
        Kind = kind;
        Known = known;
    }

    /// <summary>Plain bytes submitted so far.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Bytes written so far, headers included; lags behind <see cref="Bytes"/> until the stream is completed.</summary>
    public long StoredBytes => Interlocked.Read(ref _storedBytes);

    internal byte Drive { get; }

    internal StreamKind Kind { get; }

    internal SnapshotSections? Known { get; }

    internal bool Ended { get; private set; }

    /// <summary>What the manifest says of it; right when the stream is completed.</summary>
    internal StreamInfo Info => new(_number, Bytes, StoredBytes) { Segment = _segment, Offset = _offset };

    /// <summary>Gives a free buffer; waits while all are being written. That wait is what keeps a fast owner from filling the memory.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The buffer: fill it and submit it, or dispose it.</returns>
    /// <exception cref="InvalidOperationException">The stream was completed, or its part has ended.</exception>
    /// <exception cref="RepositoryException">A section before could not be written.</exception>
    public async ValueTask<SectionBuffer> RentAsync(CancellationToken cancellationToken)
    {
        ThrowIfEnded();
        return new SectionBuffer(this, await _pipeline.RentAsync(cancellationToken), _sectionBytes);
    }

    /// <summary>Hands over a section. Sections keep their order and their boundaries.</summary>
    /// <param name="buffer">A buffer rented here; not the caller's any more.</param>
    /// <param name="bytes">How much of it is filled, from the start; with 0 nothing is stored.</param>
    /// <param name="cancellationToken">Ends the call before anything is handed over; the buffer stays the caller's then.</param>
    /// <returns>A task that is done when it was queued, not when it was written.</returns>
    /// <exception cref="InvalidOperationException">The stream was completed, its part has ended, or the buffer was submitted already.</exception>
    /// <exception cref="RepositoryException">A section before could not be written.</exception>
    public async ValueTask SubmitAsync(SectionBuffer buffer, int bytes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, _sectionBytes);
        cancellationToken.ThrowIfCancellationRequested();
        ThrowIfEnded();
        if (bytes == 0)
        {
            buffer.Dispose();
            return;
        }

        var plain = buffer.Take(this);
        Interlocked.Add(ref _bytes, bytes);
        await _pipeline.SubmitAsync(this, plain, bytes, _number++);
    }

    /// <summary>Ends the stream.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that is done when all its sections are written (durable only with the commit).</returns>
    /// <exception cref="RepositoryException">A section could not be written.</exception>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        ThrowIfEnded();
        await _pipeline.DrainAsync(cancellationToken);
        Ended = true;
    }

    internal void Return(byte[] bytes) => _pipeline.Return(bytes);

    /// <summary>Ends the stream without waiting: its part was abandoned.</summary>
    internal void Close() => Ended = true;

    /// <summary>Appends a packed section of this stream; called in order, by one thread at a time.</summary>
    internal async ValueTask AppendAsync(SectionFrame frame, CancellationToken cancellationToken)
    {
        var first = StoredBytes == 0;
        var (segment, offset) = await _appender.AppendAsync(frame, cancellationToken);
        if (first)
        {
            (_segment, _offset) = (segment, offset);
        }

        Interlocked.Add(ref _storedBytes, SectionHeader.Bytes + frame.Header.StoredBytes);
    }

    private void ThrowIfEnded()
    {
        if (Ended)
        {
            throw new InvalidOperationException($"The {Kind} stream of drive {(char)('A' + Drive)} was completed already, or its part has ended; open another.");
        }
    }
}
