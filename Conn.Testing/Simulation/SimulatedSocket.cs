using System.Reactive.Concurrency;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Client;

namespace Conn.Testing.Simulation;

/// <summary>One connection of an owner's process to the engine's: the owner's end. A model of Conn.Ipc in virtual time (docs/adr/0020).</summary>
internal sealed class SimulatedSocket : IEngineSession
{
    private readonly List<Action> _asked = [];
    private readonly SimulationRun _run;
    private readonly SimulatedOwner _owner;
    private readonly SimulatedHost _host;
    private readonly OwnerConnection _connection;
    private readonly SimulatedPipe _toEngine;
    private readonly SimulatedPipe _toOwner;
    private readonly SimulatedOperation _operation;
    private readonly RemoteCalls _calls;
    private IEngineSession? _accepted;
    private bool _isEnded;
    private bool _isDisposed;

    public SimulatedSocket(SimulationRun run, SimulatedOwner owner, SimulatedHost host, OwnerConnection connection, Random random)
    {
        (_run, _owner, _host, _connection, _operation) = (run, owner, host, connection, run.Current);
        (_toEngine, _toOwner) = (new SimulatedPipe(host.Scheduler, random), new SimulatedPipe(host.Scheduler, random));
        _calls = new RemoteCalls(connection.Channel, _toOwner, _toEngine, host.Clock);
    }

    public bool IsLost { get; private set; }

    /// <summary>Whether it was cut, noticed or not.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Whether it was cut and the engine does not know.</summary>
    public bool IsUnnoticed => IsCut && !_isEnded;

    /// <summary>Connects to the engine.</summary>
    /// <exception cref="ConnException">The engine's refusal, as code and sentence.</exception>
    public async Task<IEngineSession> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await AskAsync(AcceptAsync, cancellationToken);
            return this;
        }
        catch
        {
            // Refused or given up: it is closed at once, whatever the engine has done with it by then.
            Break(TimeSpan.FromTicks(1), TimeSpan.FromTicks(1));
            throw;
        }
    }

    private async ValueTask<bool> AcceptAsync()
    {
        _accepted = await _host.Engine.Transport.ConnectAsync(
            new OwnerConnection(_connection.Owner, _calls) { HasCallbacks = _connection.HasCallbacks, Lease = _connection.Lease }, CancellationToken.None);
        if (_isEnded)
        {
            await _accepted.DisposeAsync();
        }

        return true;
    }

    public ValueTask<BurModeInfo> BurModeInfoAsync(CancellationToken cancellationToken) =>
        AskAsync(() => _accepted!.BurModeInfoAsync(CancellationToken.None), cancellationToken);

    public ValueTask<bool> DoesPartialBurAffectMeAsync(CancellationToken cancellationToken) =>
        AskAsync(() => _accepted!.DoesPartialBurAffectMeAsync(CancellationToken.None), cancellationToken);

    public async ValueTask ConfirmReadyForBurAsync(ErrorCode code, CancellationToken cancellationToken) => await AskAsync(async () =>
    {
        await _accepted!.ConfirmReadyForBurAsync(code, CancellationToken.None);
        return true;
    }, cancellationToken);

    public void ReportProgress() => _toEngine.Send(() => _accepted?.ReportProgress());

    /// <summary>The owner closes it, and waits until the engine has done so.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        try
        {
            await AskAsync(async () =>
            {
                await (_accepted?.DisposeAsync() ?? default);
                return true;
            }, CancellationToken.None);
        }
        catch (ConnException)
        {
            // It is lost, which closes it too.
        }

        Break(TimeSpan.FromTicks(1), TimeSpan.FromTicks(1));
    }

    /// <summary>Cuts it.</summary>
    /// <param name="noticed">When the owner's process notices.</param>
    /// <param name="noticedByEngine">When the engine's process notices; what is under way to it arrives until then.</param>
    public void Cut(TimeSpan noticed, TimeSpan noticedByEngine)
    {
        IsCut = true;
        if (noticedByEngine <= noticed)
        {
            Break(noticed, noticedByEngine);
            return;
        }

        // What the owner sends before it notices is what arrives late.
        _toEngine.Stall();
        _host.Scheduler.Schedule(noticed, () => Break(TimeSpan.FromTicks(1), noticedByEngine));
    }

    /// <summary>The next connection of the owner is made: what is under way by this one arrives about then.</summary>
    public void Overtaken(TimeSpan within) => _toEngine.Hasten(within);

    private void Break(TimeSpan noticed, TimeSpan noticedByEngine)
    {
        _toOwner.Cut(noticed, Lose);
        if (_toEngine.Cut(noticedByEngine, () => _ = EndAsync()) > 0)
        {
            _run.Counts.Met(FaultKind.LateBytes);
        }
    }

    /// <summary>The owner's process notices the loss.</summary>
    private void Lose()
    {
        IsLost = !_isDisposed;
        Action[] asked = [.. _asked];
        _asked.Clear();
        Array.ForEach(asked, static fail => fail());
        _calls.GiveUp();
    }

    /// <summary>The engine's process notices the loss.</summary>
    private async Task EndAsync()
    {
        _isEnded = true;
        if (!_isDisposed && _owner.Socket == this && _operation == _run.Current)
        {
            _owner.Fails(ErrorCode.ServerTerminated);
            _run.FailureChecks.Closing(_owner, "the loss of its connection");
        }
        else if (IsCut && _run.Current.IsRunning)
        {
            // It was made for an earlier operation, and held the owner's place until now.
            _owner.Fails(ErrorCode.ServerTerminated);
        }

        _calls.Lose();
        await (_accepted?.DisposeAsync() ?? default);
    }

    private async ValueTask<T> AskAsync<T>(Func<ValueTask<T>> ask, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TaskCompletionSource<T> answer = new();
        void Fail() => answer.TrySetException(new ConnException(ErrorCode.ServerTerminated, "The connection to the server was lost."));
        if (IsLost || (_isDisposed && _toEngine.IsCut))
        {
            Fail();
        }

        _asked.Add(Fail);
        _toEngine.Send(() => _ = AnswerAsync(ask, answer));
        try
        {
            return await answer.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            _asked.Remove(Fail);
        }
    }

    // An error crosses as code and sentence.
    private async Task AnswerAsync<T>(Func<ValueTask<T>> ask, TaskCompletionSource<T> answer)
    {
        try
        {
            T value = await ask();
            _toOwner.Send(() => answer.TrySetResult(value));
        }
        catch (ConnException e)
        {
            _toOwner.Send(() => answer.TrySetException(new ConnException(e.Code, e.Message)));
        }
    }
}
