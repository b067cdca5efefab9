using System.Collections.Concurrent;

namespace Conn.Repository.Sets;

/// <summary>
/// Copies sections into private memory, encodes them on worker threads, and appends them in the order in which they were written.
/// Invariants: all memory is in two bounded pools, and no caller ever gets any of it; when a part fails, its queued sections are dropped and their buffers
/// return to the pool.
/// </summary>
internal sealed class SectionPipeline : IAsyncDisposable
{
    private readonly BlockingCollection<SectionJob> _jobs = [];
    private readonly BlockingCollection<SectionFrame> _frames = [];
    private readonly ConcurrentBag<byte[]> _buffers = [];
    private readonly SemaphoreSlim _freeBuffers;
    private readonly PendingWork _pending = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<SectionEncoder> _makeEncoder;
    private readonly int _sectionBytes;
    private readonly Task[] _threads;
    private readonly SectionEncoder? _inlineEncoder;
    private readonly SectionFrame? _inlineFrame;

    // Guards _encoded, _nextPosition and _isAppending. At most one thread appends; a thread that encodes a section concurrently leaves it in _encoded.
    private readonly Lock _lock = new();
    private readonly Dictionary<long, (SectionJob Job, SectionFrame Frame)> _encoded = [];
    private long _nextPosition;
    private bool _isAppending;

    // Changed by the caller's thread only.
    private long _jobCount;

    public SectionPipeline(int workers, int sectionBytes, Func<SectionEncoder> makeEncoder)
    {
        _makeEncoder = makeEncoder;
        _sectionBytes = sectionBytes;
        _freeBuffers = new SemaphoreSlim((2 * workers) + 2);
        if (workers == 0)
        {
            _inlineEncoder = makeEncoder();
            _inlineFrame = new SectionFrame();
        }
        else
        {
            for (int i = 0; i <= workers; i++)
            {
                _frames.Add(new SectionFrame());
            }
        }

        _threads = WorkerThreads.Start(workers, Loop);
    }

    /// <summary>Copies one section into private memory and queues it. Without workers, it is stored before the task completes.</summary>
    /// <param name="stream">The stream of the section.</param>
    /// <param name="plain">1 byte to the length of a buffer. It is read exactly once, so the bytes that are hashed, compressed and stored are the same.</param>
    /// <param name="number">Number of the section in its stream.</param>
    /// <param name="cancellationToken">Cancels the wait for a free buffer.</param>
    /// <exception cref="RepositoryException">The part or its set has failed.</exception>
    public async ValueTask WriteAsync(SectionStreamWriter stream, ReadOnlyMemory<byte> plain, long number, CancellationToken cancellationToken)
    {
        stream.Failure.ThrowIfFailed();
        await _freeBuffers.WaitAsync(cancellationToken);
        byte[] buffer = _buffers.TryTake(out byte[]? pooled) ? pooled : GC.AllocateUninitializedArray<byte>(_sectionBytes);
        try
        {
            stream.Failure.ThrowIfFailed();
            plain.CopyTo(buffer);
        }
        catch
        {
            Return(buffer);
            throw;
        }

        SectionJob job = new(_jobCount++, stream, buffer, plain.Length, number);
        if (_inlineEncoder is not null)
        {
            await StoreInlineAsync(job, _inlineEncoder, _inlineFrame!);
            return;
        }

        _pending.Begin();
        _jobs.Add(job, CancellationToken.None);
    }

    /// <summary>Waits until no section is queued, whether they were stored or dropped.</summary>
    public Task WhenIdle() => _pending.WhenIdle();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _jobs.CompleteAdding();
        await Task.WhenAll(_threads);
        if (_inlineEncoder is not null)
        {
            await _inlineEncoder.DisposeAsync();
        }

        _jobs.Dispose();
        _frames.Dispose();
        _stop.Dispose();
        _freeBuffers.Dispose();
    }

    // Drops the section when its part or its set has failed. A worker thread outlives every failure of a section.
    private static void RunUnlessFailed(SectionJob job, Action action)
    {
        if (job.Stream.Failure.HasFailed)
        {
            return;
        }

        try
        {
            action();
        }
        catch (Exception error)
        {
            job.Stream.Failure.Report(error);
        }
    }

    private async ValueTask StoreInlineAsync(SectionJob job, SectionEncoder encoder, SectionFrame frame)
    {
        try
        {
            await EncodeAsync(job, encoder, frame);
            await job.Stream.AppendAsync(frame, _stop.Token);

            // The append may have finished a segment whose flush failed.
            job.Stream.Failure.ThrowIfFailed();
        }
        catch (Exception error)
        {
            job.Stream.Failure.Report(error);
            throw;
        }
        finally
        {
            Return(job.Plain);
        }
    }

    private void Return(byte[] buffer)
    {
        _buffers.Add(buffer);
        _freeBuffers.Release();
    }

    private ValueTask EncodeAsync(SectionJob job, SectionEncoder encoder, SectionFrame frame) =>
        encoder.EncodeAsync(job.Plain.AsMemory(0, job.Bytes), job.Stream, job.Number, frame, _stop.Token);

    private void Loop()
    {
        SectionEncoder encoder = _makeEncoder();

        // A thread takes a frame before a job. Jobs leave the queue in order, so the thread with the oldest job always has a frame and appending never stalls.
        while (_frames.TryTake(out SectionFrame? frame, Timeout.Infinite))
        {
            if (!_jobs.TryTake(out SectionJob job, Timeout.Infinite))
            {
                break;
            }

            RunUnlessFailed(job, () => WorkerThreads.Wait(EncodeAsync(job, encoder, frame)));
            AppendInOrder(job, frame);
        }

        WorkerThreads.Wait(encoder.DisposeAsync());
    }

    private void AppendInOrder(SectionJob job, SectionFrame frame)
    {
        lock (_lock)
        {
            _encoded.Add(job.Position, (job, frame));
            if (_isAppending)
            {
                return;
            }

            _isAppending = true;
        }

        while (TryTakeNext(out SectionJob next, out SectionFrame encoded))
        {
            RunUnlessFailed(next, () => WorkerThreads.Wait(next.Stream.AppendAsync(encoded, _stop.Token)));
            Return(next.Plain);
            _frames.Add(encoded);
            _pending.End();
        }
    }

    private bool TryTakeNext(out SectionJob job, out SectionFrame frame)
    {
        lock (_lock)
        {
            if (_encoded.Remove(_nextPosition, out (SectionJob Job, SectionFrame Frame) next))
            {
                _nextPosition++;
                (job, frame) = next;
                return true;
            }

            _isAppending = false;
            (job, frame) = (default, null!);
            return false;
        }
    }
}
