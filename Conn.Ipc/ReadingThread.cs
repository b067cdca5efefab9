using System.Runtime.CompilerServices;

namespace Conn.Ipc;

/// <summary>A thread that may block: who awaits it goes on by it. One caller at a time. It begins with the first one, and ends when this is disposed and nobody goes on by it.</summary>
internal sealed class ReadingThread : ICriticalNotifyCompletion, IDisposable
{
    private readonly object _gate = new(); // guards everything below
    private Thread? _thread;
    private Action? _next;
    private bool _isOver;

    /// <summary>True also when it has ended: the caller goes on where it is.</summary>
    public bool IsCompleted
    {
        get
        {
            lock (_gate)
            {
                return _isOver || _thread == Thread.CurrentThread;
            }
        }
    }

    public ReadingThread GetAwaiter() => this;

    public void GetResult()
    {
    }

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation)
    {
        lock (_gate)
        {
            if (!_isOver)
            {
                _next = continuation;
                Monitor.Pulse(_gate);
                Begin();
                return;
            }
        }

        continuation();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            Monitor.Pulse(_gate);
        }
    }

    private void Begin()
    {
        if (_thread is null)
        {
            _thread = new Thread(Run) { IsBackground = true, Name = "Conn connection" };
            _thread.UnsafeStart();
        }
    }

    private void Run()
    {
        while (Next() is { } next)
        {
            next();
        }
    }

    private Action? Next()
    {
        lock (_gate)
        {
            while (_next is null && !_isOver)
            {
                Monitor.Wait(_gate);
            }

            (Action? next, _next) = (_next, null);
            return next;
        }
    }
}
