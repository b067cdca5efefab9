using System.Collections.Concurrent;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>Collects exceptions of tasks that nothing has observed. Its end fails the test when there is one from our code.</summary>
internal sealed class StrayExceptions : IDisposable
{
    private readonly ConcurrentQueue<string> _found = [];

    public StrayExceptions() => TaskScheduler.UnobservedTaskException += Add;

    public void Dispose()
    {
        // Only a collected task is reported.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        TaskScheduler.UnobservedTaskException -= Add;
        Assert.True(_found.IsEmpty, string.Join('\n', _found));
    }

    private void Add(object? sender, UnobservedTaskExceptionEventArgs e)
    {
        string text = e.Exception.ToString();
        if (text.Contains(" Conn.Ipc.", StringComparison.Ordinal)
            && !text.Contains(" Conn.Ipc.Tests.", StringComparison.Ordinal) && !text.Contains(" Conn.Testing.", StringComparison.Ordinal))
        {
            _found.Enqueue(text);
        }
    }
}
