using System.Runtime.CompilerServices;

namespace Conn.Ipc;

/// <summary>A thread that may block: who awaits it goes on by it, after <see cref="TryBegin"/>. One caller at a time. It ends when this is disposed and nobody goes on by it.</summary>
/// <param name="start">Starts a thread; null for the system's way.</param>
internal sealed class ReadingThread(Action<Thread>? start = null) : ICriticalNotifyCompletion, IDisposable
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

    /// <summary>Starts the thread, unless it runs or has ended.</summary>
    /// <returns>False when the system gives no thread. An exception of an awaiter would end the process.</returns>
    public bool TryBegin()
    {
        lock (_gate)
        {
            if (_thread is not null || _isOver)
            {
                return true;
            }

            try
            {
                Thread thread = new(Run) { IsBackground = true, Name = "Conn connection" };
                (start ?? (static t => t.UnsafeStart()))(thread);
                _thread = thread;
                return true;
            }
            catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
            {
                return false;
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
