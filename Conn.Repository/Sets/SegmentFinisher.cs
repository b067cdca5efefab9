using System.Collections.Concurrent;
using System.IO.Hashing;
using Conn.Repository.Storage;

namespace Conn.Repository.Sets;

/// <summary>Flushes finished data files, drops their cached pages, reads them back and compares, while the next ones are written.</summary>
internal sealed class SegmentFinisher : IAsyncDisposable
{
    private readonly IRepositoryStorage _storage;
    private readonly string _folder;
    private readonly BlockingCollection<FinishedSegment> _queue = new(boundedCapacity: 8);
    private readonly Outstanding _outstanding = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _threads;
    private volatile bool _cached;

    public SegmentFinisher(IRepositoryStorage storage, string folder, int workers)
    {
        _storage = storage;
        _folder = folder;
        _threads = WorkerThreads.Start(workers, Loop);
    }

    /// <summary>Where the files came from so far.</summary>
    public ReadBack ReadBack => _cached ? ReadBack.Cached : ReadBack.Device;

    /// <summary>Takes a file over. With threads it only waits for room in the queue.</summary>
    public async ValueTask AddAsync(FinishedSegment segment)
    {
        _outstanding.Begin();
        if (_threads.Length > 0)
        {
            _queue.Add(segment);
            return;
        }

        using var decoder = new SectionDecoder();
        await FinishAsync(segment, new SectionFrame(), decoder);
    }

    /// <summary>Waits until no file is open any more, whatever came of it.</summary>
    public Task WhenIdle() => _outstanding.WhenNone();

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
        using var decoder = new SectionDecoder();
        var frame = new SectionFrame();
        while (_queue.TryTake(out var segment, Timeout.Infinite))
        {
            WorkerThreads.Wait(FinishAsync(segment, frame, decoder));
        }
    }

    private async ValueTask FinishAsync(FinishedSegment segment, SectionFrame frame, SectionDecoder decoder)
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

            await ReadBackAsync(segment, frame, decoder);
        }
        catch (Exception error)
        {
            // The thread outlives every failure of a file.
            segment.Failure.Report(error);
        }
        finally
        {
            _outstanding.End();
        }
    }

    private async ValueTask ReadBackAsync(FinishedSegment segment, SectionFrame frame, SectionDecoder decoder)
    {
        await using var reader = await SegmentReader.OpenAsync(_storage, _folder, segment.Identity, segment.Info.Bytes, dropCache: true, _stop.Token);
        if (reader.ReadBack == ReadBack.Cached)
        {
            _cached = true;
        }

        var digest = new XxHash128();
        var sections = 0L;
        while (await reader.ReadAsync(frame, _stop.Token))
        {
            digest.Append(frame.Stored.AsSpan(0, Format.FormatLimits.HashBytes));
            sections++;

            // What a reference stands for was read when the reference was made.
            if (frame.Header.Encoding != Format.SectionEncoding.Reference)
            {
                decoder.Decode(frame);
            }
        }

        if (sections != segment.Info.Sections || digest.GetCurrentHashAsUInt128() != segment.Info.Digest)
        {
            throw reader.Damaged(0, "what was read back is not what was written: the storage cannot be trusted");
        }
    }
}
