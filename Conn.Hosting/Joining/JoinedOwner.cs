using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.Hosting.Joining;

/// <summary>One owner of a program that joins a daemon. Owner and participant live as long as the host runs, whatever becomes of the daemon, so that a call
/// which still runs when the daemon is lost is over before the owner is called again.</summary>
internal sealed class JoinedOwner(IActiveBackupDataClient owner, DataOwnerRegistration registration) : IOwnedPlaces, IAsyncDisposable
{
    private static readonly TimeSpan ReleaseLimit = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private DataOwnerParticipant? _participant;
    private TimeProvider _clock = TimeProvider.System;
    private volatile ActiveBackupClient? _client;
    private volatile string? _refusal;
    private string[] _beside = []; // the places of the other owners of this program; set before it joins
    private volatile Preparation _prepared = new(DataOwnerStatus.NotReady, ErrorCode.Success);

    public string Name => registration.Name;

    public SecureId Sid => registration.Sid;

    /// <summary>Gets or sets why the daemon does not know the owner, a sentence; null when it does. Any thread.</summary>
    public string? Refusal
    {
        get => _refusal;
        set => _refusal = value;
    }

    /// <summary>Gets what this program knows of its owner. Any thread.</summary>
    public OwnerStatus Status => new()
    {
        Name = Name, Sid = $"{Sid}", Where = "this host", Policy = registration.Policy, Source = registration.Source,
        Error = _refusal is null ? _prepared.Code : ErrorCode.NotFound, ErrorText = _refusal,
        Readiness = _client is { Ended.IsCompleted: false } ? _prepared.Readiness : DataOwnerStatus.NotConnected,
    };

    /// <summary>Gets the way to ask the owner outside of operations; null when it has left.</summary>
    public IOwnerChannel? Planner => Volatile.Read(ref _participant)?.Planner;

    /// <summary>Gets what to state of its places; null for an owner without any.</summary>
    public IOwnedPlaces? Stated => owner is IOwnedPlaces ? this : null;

    public IReadOnlyList<string> Places => owner is IOwnedPlaces own ? own.Places : [];

    /// <summary>Lets the owner follow the mode.</summary>
    public void Join(PropertyStore modes, IActiveBackupTransport transport, ActiveBackupClientOptions options)
    {
        _participant = new DataOwnerParticipant(modes.Open(modes.MintIdentity(Sid)), transport, Sid, owner, new DataOwnerParticipantOptions
        {
            Client = options with { Layer = calls => new StoppableCalls(calls, _stop.Token) }, PrepareAsync = PrepareAsync,
        });
        _clock = options.TimeProvider;
        if (owner is DataOwner reporting)
        {
            reporting.Progress = _participant.ReportProgress;
        }
    }

    /// <summary>Leaves out the places of the other owners of this program, as an engine does for owners of its own process.</summary>
    public void LeaveOut(IEnumerable<JoinedOwner> others)
    {
        _beside = [.. others.Where(o => o != this).SelectMany(static o => o.Places)];
        SetOtherPlaces([]);
    }

    /// <summary>Takes the places that the daemon knows. Those of this program stay: the daemon need not know its other owners.</summary>
    public void SetOtherPlaces(IReadOnlyList<string> places)
    {
        if (owner is IOwnedPlaces own)
        {
            own.SetOtherPlaces(RealPath.SeenFrom(own.Places, _beside.Concat(places)));
        }
    }

    /// <summary>Takes no part any more, and releases what the owner holds for an operation that runs. Takes at most 10 s.</summary>
    public async Task LeaveAsync()
    {
        bool holds = _client is { Ended.IsCompleted: false };
        if (Interlocked.Exchange(ref _participant, null) is not { } participant)
        {
            return;
        }

        await _stop.CancelAsync();
        await participant.DisposeAsync();
        if (holds && participant.Planner is { } calls)
        {
            // Behind the call that was cancelled and may still run. What the owner throws is reported where calls run.
            Task released = calls.InvokeAsync(OwnerCall.Terminate(), CancellationToken.None).AsTask();
            await Task.WhenAny(released, Task.Delay(ReleaseLimit, _clock));
        }
    }

    /// <summary>Disposes the owner.</summary>
    public async ValueTask DisposeAsync()
    {
        await LeaveAsync();
        _stop.Dispose();
        if (owner is IAsyncDisposable asynchronous)
        {
            await asynchronous.DisposeAsync();
        }
        else
        {
            (owner as IDisposable)?.Dispose();
        }
    }

    private async ValueTask<ErrorCode> PrepareAsync(ActiveBackupClient client, BurMode mode, CancellationToken cancellationToken)
    {
        _prepared = new Preparation(DataOwnerStatus.NotReady, ErrorCode.Success);
        _client = client;
        try
        {
            ErrorCode code = owner is IOperationFollower follower ? await follower.FollowAsync(client, mode, cancellationToken) : ErrorCode.Success;
            _prepared = new Preparation(code.IsSuccess ? DataOwnerStatus.Ready : DataOwnerStatus.Failed, code);
            return code;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _prepared = new Preparation(DataOwnerStatus.Failed, (e as ConnException)?.Code ?? ErrorCode.General);
            throw;
        }
    }

    private sealed record Preparation(DataOwnerStatus Readiness, ErrorCode Code);
}
