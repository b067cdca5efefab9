using System.Collections.Concurrent;
using Conn.Repository.Checks;
using Conn.Repository.Storage;

namespace Conn.Repository.Sets;

/// <summary>Flushes finished segment files, drops their cached pages, reads them back and compares them, while the next files are written.</summary>
internal sealed class SegmentFinisher : IAsyncDisposable
{
    private readonly IRepositoryStorage _storage;
    private readonly string _folder;
    private readonly BlockingCollection<FinishedSegment> _queue = new(boundedCapacity: 8);
    private readonly PendingWork _pending = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _threads;
    private volatile bool _cached;

    public SegmentFinisher(IRepositoryStorage storage, string folder, int workers)
    {
        _storage = storage;
        _folder = folder;
        _threads = WorkerThreads.Start(workers, Loop);
    }

    /// <summary>Where the bytes came from that were read back so far.</summary>
    public ReadBack ReadBack => _cached ? ReadBack.Cached : ReadBack.Device;

    /// <summary>Takes over a file. With threads, it waits only while the queue is full. A failure is reported to the part.</summary>
    public async ValueTask AddAsync(FinishedSegment segment)
    {
        _pending.Begin();
        if (_threads.Length > 0)
        {
            _queue.Add(segment);
            return;
        }

        await using SegmentCheck check = new(_storage);
        await FinishAsync(segment, check);
    }

    /// <summary>Waits until no file is open any more, whether it succeeded or failed.</summary>
    public Task WhenIdle() => _pending.WhenIdle();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _queue.CompleteAdding();
        await Task.WhenAll(_threads);
        _queue.Dispose();
        _stop.Dispose();
    }

    private void Loop()
    {
        SegmentCheck check = new(_storage);
        while (_queue.TryTake(out FinishedSegment? segment, Timeout.Infinite))
        {
            WorkerThreads.Wait(FinishAsync(segment, check));
        }

        WorkerThreads.Wait(check.DisposeAsync());
    }

    private async ValueTask FinishAsync(FinishedSegment segment, SegmentCheck check)
    {
        try
        {
            await using (segment.Writer)
            {
                if (segment.Failure.HasFailed)
                {
                    return;
                }

                await segment.Writer.FlushAsync(_stop.Token);
            }

            (segment.Runs, ReadBack readBack) = await check.RunAsync(_folder, segment.Identity, segment.Info, _stop.Token);
            if (readBack == ReadBack.Cached)
            {
                _cached = true;
            }
        }
        catch (Exception error)
        {
            // The thread outlives every failure of a file.
            segment.Failure.Report(error);
        }
        finally
        {
            _pending.End();
        }
    }
}
