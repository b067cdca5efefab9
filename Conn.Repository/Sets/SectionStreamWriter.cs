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

    /// <summary>Plain bytes queued so far.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Bytes written so far, headers included; lags behind <see cref="Bytes"/> until the stream is completed.</summary>
    public long StoredBytes => Interlocked.Read(ref _storedBytes);

    internal byte Drive { get; }

    internal StreamKind Kind { get; }

    internal SnapshotSections? Known { get; }

    internal PartFailure Failure => _appender.Failure;

    internal bool Ended { get; private set; }

    /// <summary>What the manifest says of it; right when the stream is completed.</summary>
    internal StreamInfo Info => new(_number, Bytes, StoredBytes) { Segment = _segment, Offset = _offset };

    /// <summary>Stores a section. Sections keep their order and their boundaries.</summary>
    /// <param name="section">
    /// The bytes; they are copied once. The memory is the caller's again when the task completes, and a later change of it does not change what is stored.
    /// Of 0 bytes nothing is stored. More than <see cref="RepositoryOptions.SectionBytes"/> are cut into sections of that length.
    /// </param>
    /// <param name="cancellationToken">Ends the wait for a free buffer. Of a section that is cut, the first pieces may already be stored.</param>
    /// <returns>A task that completes when the section is queued, not when it is written. It waits while all private buffers are in use, which bounds the memory.</returns>
    /// <exception cref="InvalidOperationException">The stream was completed, or its part has ended.</exception>
    /// <exception cref="RepositoryException">An earlier section could not be written.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> section, CancellationToken cancellationToken)
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

    /// <summary>Ends the stream.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that is done when all its sections are written (durable only with the commit).</returns>
    /// <exception cref="RepositoryException">A section could not be written.</exception>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        ThrowIfEnded();
        await _pipeline.WhenIdle().WaitAsync(cancellationToken);
        Failure.ThrowIfFailed();
        Ended = true;
    }

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
