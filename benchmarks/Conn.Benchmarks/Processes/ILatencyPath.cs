namespace Conn.Benchmarks.Processes;

/// <summary>A way for 8 bytes from one process, through a second, to a third. Each process makes its own end.</summary>
internal interface ILatencyPath : IAsyncDisposable
{
    /// <summary>Sends 8 bytes; completes when the next may be sent.</summary>
    ValueTask SendAsync(long stamp);

    /// <summary>Calls back for each 8 bytes that arrive; completes when the observer is in place.</summary>
    Task ObserveAsync(Action<long> received);
}
