namespace Conn.Ipc;

/// <summary>Bounds a wait by the clock that is given.</summary>
internal static class Deadline
{
    /// <summary>Runs something that must end in time.</summary>
    /// <returns>Its result.</returns>
    /// <exception cref="ConnException">TimedOut.</exception>
    public static async Task<T> RunAsync<T>(
        Func<CancellationToken, Task<T>> run, TimeSpan within, TimeProvider clock, string what, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timer = new(within, clock);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            return await run(both.Token);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ConnException(ErrorCode.TimedOut, $"{what} took longer than {within.TotalSeconds:0.#} s.");
        }
    }
}
