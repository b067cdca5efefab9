namespace Conn.Ipc;

/// <summary>Makes a lost connection again. Invariant: one attempt at a time, and what an attempt began at a server ends with its connection.</summary>
internal sealed class BusReconnection(BusConnection connection, IpcClientOptions options) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private BusLine _last = null!; // touched by one attempt at a time
    private Task _running = Task.CompletedTask;

    /// <summary>Waits for the loss of a connection in use.</summary>
    public void Watch(BusLine line)
    {
        _last = line;
        _running = LostAsync(line);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task LostAsync(BusLine line)
    {
        await LossOfAsync(line);
        while (!_stop.IsCancellationRequested)
        {
            connection.Lose(line);
            if (options.ReconnectFor == TimeSpan.Zero || await ConnectAsync() is not { } next)
            {
                if (!_stop.IsCancellationRequested)
                {
                    connection.End(ErrorCode.ServerTerminated);
                }

                return;
            }

            line = next;
            await LossOfAsync(line);
        }
    }

    private async Task LossOfAsync(BusLine line) =>
        await line.Completion.WaitAsync(_stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);

    /// <summary>Tries until it is connected.</summary>
    /// <returns>Null when it gave up, or the store was closed.</returns>
    private async Task<BusLine?> ConnectAsync()
    {
        connection.States.Set(IpcConnectionState.Disconnected);
        long lostAt = options.TimeProvider.GetTimestamp();
        TimeSpan pause = options.ReconnectPause;
        while (options.ReconnectFor == Timeout.InfiniteTimeSpan || options.TimeProvider.GetElapsedTime(lostAt) < options.ReconnectFor)
        {
            try
            {
                await Task.Delay(pause, options.TimeProvider, _stop.Token);
                BusLine line = await Deadline.RunAsync(ResumeAsync, options.Timeout, options.TimeProvider, "Connecting again", _stop.Token);
                connection.States.Set(IpcConnectionState.Connected);
                return line;
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return null;
            }
#pragma warning disable CA1031 // Whatever an attempt failed with, the next one may succeed; the reason is kept for whoever asks.
            catch (Exception e)
#pragma warning restore CA1031
            {
                connection.States.Failed(e);
                pause = pause * 2 < options.MaxReconnectPause ? pause * 2 : options.MaxReconnectPause;
            }
        }

        return null;
    }

    /// <summary>Connects, and tells the server of everything that this process has. Only then is the connection used.</summary>
    private async Task<BusLine> ResumeAsync(CancellationToken cancellationToken)
    {
        BusLine line = await BusLine.OpenAsync(options, connection, cancellationToken);
        try
        {
            bool isSameStore = line.Store.Instance == _last.Store.Instance;
            line.Offset = isSameStore ? _last.Offset : connection.Mirror.Revision.Value + 1;
            line.Writers = isSameStore ? _last.Writers : [];
            connection.Replica.Expect(line);
            await OpenClientsAsync(line, cancellationToken);
            WireOutcome outcome = await connection.Holds.ResumeAsync(line, isSameStore, cancellationToken)
                ?? await line.CallAsync(static server => server.MarkAsync(default)).WaitAsync(cancellationToken);
            await connection.Replica.CatchUpAsync(outcome, isSameStore).WaitAsync(cancellationToken);

            // What is caught up counts, also when the rest of this attempt fails.
            _last = line;
            connection.Watches.Resume(line, isSameStore);
            while (!connection.TryUse(line))
            {
                // Something was added meanwhile.
                cancellationToken.ThrowIfCancellationRequested();
                await OpenClientsAsync(line, cancellationToken);
                await connection.Holds.ResumeAsync(line, isSameStore, cancellationToken);
                connection.Watches.Resume(line, isSameStore);
                await line.CallAsync(static server => server.MarkAsync(default)).WaitAsync(cancellationToken);
            }

            return line;
        }
        catch
        {
            connection.Replica.Lose(line);
            line.Dispose();
            throw;
        }
    }

    private async Task OpenClientsAsync(BusLine line, CancellationToken cancellationToken)
    {
        foreach (IpcPropertyClient client in connection.ClientsNotAt(line))
        {
            int number = await line.CallAsync(server => server.OpenAsync(
                client.Identity.SecureId.Value, client.Identity.Capabilities.Bits, client.Identity.VendorId, cancellationToken)).WaitAsync(cancellationToken);
            line.Writers[number] = client.Local.Access.Writer;
            client.OpenedAt(line, number);
        }
    }
}
