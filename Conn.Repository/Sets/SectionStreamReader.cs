namespace Conn.Repository.Sets;

/// <summary>Gives the sections of one stored stream, checked and decoded, a few read ahead. One call at a time.</summary>
public sealed class SectionStreamReader : IAsyncDisposable
{
    private readonly StreamCursor _cursor;
    private readonly Func<ReferenceResolver> _makeResolver;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _turn = new(1);
    private readonly SemaphoreSlim _free;
    private readonly Task[] _threads;
    private readonly SectionDecoding? _inline;

    // Guards _ready, _arrived and _spare.
    private readonly Lock _gate = new();
    private readonly Dictionary<long, (SectionFrame? Frame, ReadOnlyMemory<byte> Plain, Exception? Failure)> _ready = [];
    private readonly Stack<SectionFrame> _spare = [];
    private TaskCompletionSource? _arrived;

    // Guarded by _turn: the next section to be read from storage, and whether there is none.
    private long _nextToRead;
    private bool _end;

    private long _nextToGive;
    private SectionFrame? _given;
    private bool _ended;
    private bool _disposed;

    internal SectionStreamReader(StreamCursor cursor, StreamInfo stream, int workers, Func<ReferenceResolver> makeResolver)
    {
        _cursor = cursor;
        _makeResolver = makeResolver;

        // Threads pay only for streams of several sections; those of one or two are read by who asks.
        var threads = stream.Sections > 2 ? workers : 0;
        _free = new SemaphoreSlim(threads + 2);
        _inline = threads == 0 ? new SectionDecoding(makeResolver) : null;
        _threads = WorkerThreads.Start(threads, Loop);
    }

    /// <summary>The next section, never empty; null at the end of the stream, when number and size of sections were checked too.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The section, valid until the next call or until disposed; or null.</returns>
    /// <exception cref="RepositoryException">Damaged, ChainBroken: what is stored does not match. NotPermitted, Io: the storage failed.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        if (_ended)
        {
            return null;
        }

        if (_inline is not null)
        {
            if (await _cursor.ReadAsync(_inline.Frame, headerOnly: false, cancellationToken))
            {
                return await _inline.DecodeAsync(_inline.Frame, _cursor, cancellationToken);
            }

            // Not a conditional expression: its null would become an empty section, through the conversion from an array.
            return null;
        }

        GiveBack();
        var (frame, plain, failure) = await TakeAsync(cancellationToken);
        if (failure is not null)
        {
            throw RepositoryException.Again(failure);
        }

        if (frame is null)
        {
            _ended = true;
            return null;
        }

        _given = frame;
        _nextToGive++;
        return plain;
    }

    /// <summary>Stops reading ahead and closes the files.</summary>
    /// <returns>A task.</returns>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _stop.CancelAsync();
        await Task.WhenAll(_threads);
        if (_inline is not null)
        {
            await _inline.DisposeAsync();
        }

        await _cursor.DisposeAsync();
        _stop.Dispose();
        _turn.Dispose();
        _free.Dispose();
    }

    private void GiveBack()
    {
        if (_given is { } frame)
        {
            _given = null;
            lock (_gate)
            {
                _spare.Push(frame);
            }

            _free.Release();
        }
    }

    private async ValueTask<(SectionFrame? Frame, ReadOnlyMemory<byte> Plain, Exception? Failure)> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task arrived;
            lock (_gate)
            {
                if (_ready.Remove(_nextToGive, out var ready))
                {
                    if (ready.Frame is null)
                    {
                        // The end, or a failure: it stays what every later call finds.
                        _ready.Add(_nextToGive, ready);
                    }

                    return ready;
                }

                _arrived ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                arrived = _arrived.Task;
            }

            await arrived.WaitAsync(cancellationToken);
        }
    }

    private void Loop()
    {
        var decoding = new SectionDecoding(_makeResolver);
        try
        {
            while (Next(decoding))
            {
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed: nobody waits for more.
        }
        finally
        {
            WorkerThreads.Wait(decoding.DisposeAsync());
        }
    }

    // Reads the next section in turn, then decodes it beside the others.
    private bool Next(SectionDecoding decoding)
    {
        _free.Wait(_stop.Token);
        _turn.Wait(_stop.Token);
        SectionFrame? frame = null;
        long number;
        Exception? failure = null;
        try
        {
            if (_end)
            {
                return false;
            }

            number = _nextToRead++;
            try
            {
                lock (_gate)
                {
                    _spare.TryPop(out frame);
                }

                frame ??= new SectionFrame();
                if (!WorkerThreads.Wait(_cursor.ReadAsync(frame, headerOnly: false, _stop.Token)))
                {
                    frame = null;
                }
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                (frame, failure) = (null, error);
            }

            _end = frame is null;
        }
        finally
        {
            _turn.Release();
        }

        ReadOnlyMemory<byte> plain = default;
        if (frame is not null)
        {
            try
            {
                plain = WorkerThreads.Wait(decoding.DecodeAsync(frame, _cursor, _stop.Token));
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                (frame, failure) = (null, error);
            }
        }

        TaskCompletionSource? arrived;
        lock (_gate)
        {
            _ready[number] = (frame, plain, failure);
            (arrived, _arrived) = (_arrived, null);
        }

        arrived?.TrySetResult();
        return true;
    }
}
