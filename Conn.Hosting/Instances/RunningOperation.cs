namespace Conn.Hosting.Instances;

/// <summary>An operation that runs.</summary>
internal sealed class RunningOperation : IDisposable
{
    private readonly CancellationTokenSource _abort;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RunningOperation(PastOperation summary, CancellationToken[] stops)
    {
        Summary = summary;
        _abort = CancellationTokenSource.CreateLinkedTokenSource(stops);
    }

    public PastOperation Summary { get; }

    /// <summary>Gets what aborts it.</summary>
    public CancellationToken Abort => _abort.Token;

    public Task Ended => _ended.Task;

    /// <summary>Aborts it and waits for its end.</summary>
    public async Task AbortAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _abort.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended.
        }

        await Ended.WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        _abort.Dispose();
        _ended.TrySetResult();
    }
}
