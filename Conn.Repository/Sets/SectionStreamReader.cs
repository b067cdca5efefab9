using System.Runtime.CompilerServices;

namespace Conn.Repository.Sets;

/// <summary>Reads the sections of one stored stream, checked and decoded; threads read a few sections ahead. One call at a time.</summary>
public sealed class SectionStreamReader : IAsyncDisposable
{
    private readonly StreamCursor _cursor;
    private readonly Func<ReferenceResolver> _makeResolver;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _cursorLock = new(1);
    private readonly SemaphoreSlim _freeFrames;
    private readonly Task[] _threads;

    // Used when there are no threads.
    private readonly StreamDecoder? _inlineDecoder;
    private readonly SectionFrame? _inlineFrame;

    // Guards _decoded, _spareFrames and _arrived. The frames belong to this reader: no other reader ever uses their memory.
    private readonly Lock _lock = new();
    private readonly Dictionary<long, (SectionFrame? Frame, ReadOnlyMemory<byte> Plain, Exception? Failure)> _decoded = [];
    private readonly Stack<SectionFrame> _spareFrames = [];
    private TaskCompletionSource? _arrived;

    // Guarded by _cursorLock: the number of the next section to read from storage, and whether there is none.
    private long _nextToRead;
    private bool _isAtEnd;

    // Used by the caller only.
    private long _nextToReturn;
    private SectionFrame? _returned;
    private bool _ended;
    private bool _disposed;

    internal SectionStreamReader(StreamCursor cursor, StreamInfo stream, int workers, Func<ReferenceResolver> makeResolver)
    {
        _cursor = cursor;
        _makeResolver = makeResolver;

        // Threads cost more than they save for one or two sections.
        int threads = stream.Sections > 2 ? workers : 0;
        _freeFrames = new SemaphoreSlim(threads + 2);
        if (threads == 0)
        {
            _inlineDecoder = new StreamDecoder(makeResolver);
            _inlineFrame = new SectionFrame();
        }

        _threads = WorkerThreads.Start(threads, Loop);
    }

    /// <summary>Reads the next section.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>
    /// The section, never empty; or null at the end of the stream, after the number and the sizes of its sections were checked.
    /// The memory belongs to this reader, and is valid until the next call or until the reader is disposed.
    /// </returns>
    /// <exception cref="RepositoryException">Damaged, ChainBroken: the stored bytes do not match. NotPermitted, Io: the storage failed.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        if (_ended)
        {
            return null;
        }

        if (_inlineDecoder is not null)
        {
            if (await _cursor.ReadAsync(_inlineFrame!, headerOnly: false, cancellationToken))
            {
                return await _inlineDecoder.DecodeAsync(_inlineFrame!, _cursor, cancellationToken);
            }

            // Not a conditional expression: its null would be converted from an array to an empty section.
            return null;
        }

        ReleaseReturnedFrame();
        (SectionFrame? frame, ReadOnlyMemory<byte> plain, Exception? failure) = await TakeAsync(cancellationToken);
        if (failure is not null)
        {
            throw RepositoryException.Again(failure);
        }

        if (frame is null)
        {
            _ended = true;
            return null;
        }

        _returned = frame;
        _nextToReturn++;
        return plain;
    }

    /// <summary>Reads the rest of the stream.</summary>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The sections as <see cref="ReadAsync"/> returns them.</returns>
    /// <exception cref="RepositoryException">As <see cref="ReadAsync"/>.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await ReadAsync(cancellationToken) is { } section)
        {
            yield return section;
        }
    }

    /// <summary>Stops the threads, and closes the files.</summary>
    /// <returns>A task that completes when the files are closed.</returns>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _stop.CancelAsync();
        await Task.WhenAll(_threads);
        if (_inlineDecoder is not null)
        {
            await _inlineDecoder.DisposeAsync();
        }

        await _cursor.DisposeAsync();
        _stop.Dispose();
        _cursorLock.Dispose();
        _freeFrames.Dispose();
    }

    private void ReleaseReturnedFrame()
    {
        if (_returned is { } frame)
        {
            _returned = null;
            lock (_lock)
            {
                _spareFrames.Push(frame);
            }

            _freeFrames.Release();
        }
    }

    private async ValueTask<(SectionFrame? Frame, ReadOnlyMemory<byte> Plain, Exception? Failure)> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task arrived;
            lock (_lock)
            {
                if (_decoded.Remove(_nextToReturn, out (SectionFrame? Frame, ReadOnlyMemory<byte> Plain, Exception? Failure) next))
                {
                    if (next.Frame is null)
                    {
                        // The end or a failure: every later call finds it again.
                        _decoded.Add(_nextToReturn, next);
                    }

                    return next;
                }

                _arrived ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                arrived = _arrived.Task;
            }

            await arrived.WaitAsync(cancellationToken);
        }
    }

    private void Loop()
    {
        StreamDecoder decoder = new(_makeResolver);
        try
        {
            while (ReadAhead(decoder))
            {
            }
        }
        catch (OperationCanceledException)
        {
            // The reader was disposed.
        }
        finally
        {
            WorkerThreads.Wait(decoder.DisposeAsync());
        }
    }

    // Reads the next section while holding the cursor, then decodes it concurrently with other threads. Returns false after the end.
    private bool ReadAhead(StreamDecoder decoder)
    {
        _freeFrames.Wait(_stop.Token);
        _cursorLock.Wait(_stop.Token);
        SectionFrame? frame = null;
        long number;
        Exception? failure = null;
        try
        {
            if (_isAtEnd)
            {
                return false;
            }

            number = _nextToRead++;
            try
            {
                frame = TakeFrame();
                if (!WorkerThreads.Wait(_cursor.ReadAsync(frame, headerOnly: false, _stop.Token)))
                {
                    frame = null;
                }
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                (frame, failure) = (null, error);
            }

            _isAtEnd = frame is null;
        }
        finally
        {
            _cursorLock.Release();
        }

        ReadOnlyMemory<byte> plain = default;
        if (frame is not null)
        {
            try
            {
                plain = WorkerThreads.Wait(decoder.DecodeAsync(frame, _cursor, _stop.Token));
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                (frame, failure) = (null, error);
            }
        }

        TaskCompletionSource? arrived;
        lock (_lock)
        {
            _decoded[number] = (frame, plain, failure);
            (arrived, _arrived) = (_arrived, null);
        }

        arrived?.TrySetResult();
        return true;
    }

    private SectionFrame TakeFrame()
    {
        lock (_lock)
        {
            return _spareFrames.TryPop(out SectionFrame? spare) ? spare : new SectionFrame();
        }
    }
}
