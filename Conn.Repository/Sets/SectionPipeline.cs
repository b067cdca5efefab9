using System.Collections.Concurrent;

namespace Conn.Repository.Sets;

/// <summary>
/// Packs sections on a few threads and appends them in the order in which they were written. All its memory is two bounded pools; after a
/// failure of a part everything of it that is still queued is dropped, and the buffers return to the pool.
/// </summary>
internal sealed class SectionPipeline : IAsyncDisposable
{
    private readonly BlockingCollection<SectionJob> _jobs = [];
    private readonly BlockingCollection<SectionFrame> _frames = [];
    private readonly ConcurrentBag<byte[]> _buffers = [];
    private readonly SemaphoreSlim _free;
    private readonly Outstanding _outstanding = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<SectionPacker> _makePacker;
    private readonly int _sectionBytes;
    private readonly Task[] _threads;
    private readonly SectionPacker? _inline;
    private readonly SectionFrame? _inlineFrame;

    // Guards _ready, _next and _appending: at most one thread appends, and none waits for another's turn.
    private readonly Lock _gate = new();
    private readonly Dictionary<long, (SectionJob Job, SectionFrame Frame)> _ready = [];
    private long _next;
    private bool _appending;

    private long _tickets;

    public SectionPipeline(int workers, int sectionBytes, Func<SectionPacker> makePacker)
    {
        _makePacker = makePacker;
        _sectionBytes = sectionBytes;
        _free = new SemaphoreSlim((2 * workers) + 2);
        if (workers == 0)
        {
            _inline = makePacker();
            _inlineFrame = new SectionFrame();
        }
        else
        {
            for (var i = 0; i <= workers; i++)
            {
                _frames.Add(new SectionFrame());
            }
        }

        _threads = WorkerThreads.Start(workers, Loop);
    }

    /// <summary>Copies one section into private memory and queues it; without workers it is stored before the task completes.</summary>
    /// <param name="stream">The stream that the section belongs to.</param>
    /// <param name="plain">1 byte to the length of a buffer. It is read exactly once, so that the bytes that are hashed, compressed and stored are the same.</param>
    /// <param name="number">Number of the section in its stream.</param>
    /// <param name="cancellationToken">Ends the wait for a free buffer.</param>
    /// <exception cref="RepositoryException">The part or its set has failed.</exception>
    public async ValueTask WriteAsync(SectionStreamWriter stream, ReadOnlyMemory<byte> plain, long number, CancellationToken cancellationToken)
    {
        stream.Failure.ThrowIfFailed();
        await _free.WaitAsync(cancellationToken);
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

        SectionJob job = new(_tickets++, stream, buffer, plain.Length, number);
        if (_inline is null)
        {
            _outstanding.Begin();
            _jobs.Add(job, CancellationToken.None);
            return;
        }

        try
        {
            await PackAsync(job, _inline, _inlineFrame!);
            await stream.AppendAsync(_inlineFrame!, _stop.Token);
            stream.Failure.ThrowIfFailed();
        }
        catch (Exception error)
        {
            stream.Failure.Report(error);
            throw;
        }
        finally
        {
            Return(buffer);
        }
    }

    /// <summary>Waits until nothing is queued any more, whatever came of it.</summary>
    public Task WhenIdle() => _outstanding.WhenNone();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _jobs.CompleteAdding();
        await Task.WhenAll(_threads);
        if (_inline is not null)
        {
            await _inline.DisposeAsync();
        }

        _jobs.Dispose();
        _frames.Dispose();
        _stop.Dispose();
        _free.Dispose();
    }

    private void Return(byte[] buffer)
    {
        _buffers.Add(buffer);
        _free.Release();
    }

    private ValueTask PackAsync(SectionJob job, SectionPacker packer, SectionFrame frame) =>
        packer.PackAsync(job.Plain.AsMemory(0, job.Bytes), job.Stream.Kind, job.Stream.Drive, job.Number, job.Stream.Known, frame, _stop.Token);

    private void Loop()
    {
        var packer = _makePacker();

        // The frame first, then the job: jobs leave the queue in order, so whoever has the oldest one also has memory for it.
        while (_frames.TryTake(out var frame, Timeout.Infinite))
        {
            if (!_jobs.TryTake(out var job, Timeout.Infinite))
            {
                break;
            }

            Guard(job, () => WorkerThreads.Wait(PackAsync(job, packer, frame)));
            Append(job, frame);
        }

        WorkerThreads.Wait(packer.DisposeAsync());
    }

    private void Append(SectionJob job, SectionFrame frame)
    {
        lock (_gate)
        {
            _ready.Add(job.Ticket, (job, frame));
            if (_appending)
            {
                return;
            }

            _appending = true;
        }

        while (true)
        {
            (SectionJob Job, SectionFrame Frame) turn;
            lock (_gate)
            {
                if (!_ready.Remove(_next, out turn))
                {
                    _appending = false;
                    return;
                }

                _next++;
            }

            Guard(turn.Job, () => WorkerThreads.Wait(turn.Job.Stream.AppendAsync(turn.Frame, _stop.Token)));
            Return(turn.Job.Plain);
            _frames.Add(turn.Frame);
            _outstanding.End();
        }
    }

    // Drops the section when its part or its set has failed. A worker outlives every failure of a section.
    private static void Guard(SectionJob job, Action action)
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
}
