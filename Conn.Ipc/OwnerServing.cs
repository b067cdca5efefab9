using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Cryptography;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Client;
using Conn.PubSub.Security;

namespace Conn.Ipc;

/// <summary>One session of an owner in another process, at the server.</summary>
internal sealed class OwnerServing(IOwnerGateway? gateway, IpcPlanners? planners, UserShare share, ConcurrentDictionary<Guid, OwnerServing> waiting,
    RefusedOwners refused, bool sharesMemory, TimeSpan answerTimeout, TimeProvider clock) : IOwnerServer, IAsyncDisposable
{
    private readonly Lock _lock = new(); // guards _token, _shared and _closed
    private readonly TaskCompletionSource<Stream> _sections = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _lost = new();
    private Guid _token;
    private IEngineSession? _session;
    private SectionPipe? _pipe;
    private SharedSections? _shared;
    private int _connected;
    private bool _closed;

    /// <summary>The other side; set before the first call.</summary>
    public IOwnerClient Peer { get; set; } = null!;

    /// <summary>The calls that are made most, to the other side; set before the first call.</summary>
    public QuickCalls Quick { get; set; } = null!;

    /// <summary>Ends the connection because of what the peer did; set before the first call.</summary>
    public Action<string> End { get; set; } = null!;

    public IpcPeer Owner => share.Peer;

    private IEngineSession Session => Volatile.Read(ref _session)
        ?? throw new ConnException(ErrorCode.NotReady, "The owner is not connected.");

    public Task<byte[]> PrepareAsync(CancellationToken cancellationToken)
    {
        byte[] token = RandomNumberGenerator.GetBytes(Hello.TokenBytes);
        lock (_lock)
        {
            if (_closed || _sections.Task.IsCompleted)
            {
                throw new ConnException(ErrorCode.NotReady, "The session has its connection for sections, or has ended.");
            }

            waiting.TryRemove(_token, out _);
            _token = new Guid(token);
            waiting[_token] = this;
        }

        return Task.FromResult(token);
    }

    /// <summary>Takes the connection for the sections.</summary>
    /// <returns>False when there is one already, or the session has ended.</returns>
    public bool TryAdopt(Stream stream) => _sections.TrySetResult(stream);

    public async Task ShareAsync(uint owner, CancellationToken cancellationToken)
    {
        share.RequireOwner(new SecureId(owner));
        if (!sharesMemory)
        {
            throw new ConnException(ErrorCode.NotSupported, "This server shares no memory. Sections go through the connection.");
        }

        if (!_sections.Task.IsCompletedSuccessfully || Volatile.Read(ref _connected) != 0 || await _sections.Task is not NetworkStream { Socket: { } socket })
        {
            throw new ConnException(ErrorCode.NotReady, "Memory is shared after the connection for sections, and before the owner connects.");
        }

        lock (_lock)
        {
            if (_closed || _shared is not null)
            {
                throw new ConnException(ErrorCode.NotReady, "The session has its memory, or has ended.");
            }

            _shared = SharedSections.Send(socket);
        }
    }

    public async Task ConnectAsync(WireOwner owner, CancellationToken cancellationToken)
    {
        SecureId sid = new(WireChecks.Given(owner, "an owner").SecureId);
        await refused.DuringAsync(share.Peer, sid, owner.Name, () => ConnectAsync(sid, owner, cancellationToken));
    }

    public async Task<WireMode> ModeAsync(CancellationToken cancellationToken)
    {
        BurModeInfo info = await Session.BurModeInfoAsync(cancellationToken);
        return new WireMode(info.Drives.Bits, info.Mode.ToValue());
    }

    public async Task<bool> AffectsMeAsync(CancellationToken cancellationToken) => await Session.DoesPartialBurAffectMeAsync(cancellationToken);

    public async Task ConfirmAsync(int code, CancellationToken cancellationToken) => await Session.ConfirmReadyForBurAsync(new ErrorCode(code), cancellationToken);

    public Task ProgressAsync()
    {
        Volatile.Read(ref _session)?.ReportProgress();
        return Task.CompletedTask;
    }

    public async Task CloseAsync()
    {
        if (Volatile.Read(ref _session) is { } session)
        {
            await session.DisposeAsync();
        }
    }

    /// <summary>The connection is over: the calls that run fail, and the engine is told.</summary>
    public async ValueTask DisposeAsync()
    {
        SharedSections? shared;
        lock (_lock)
        {
            _closed = true;
            shared = _shared;
            waiting.TryRemove(_token, out _);
        }

        shared?.Dispose();
        await _lost.CancelAsync();
        if (!_sections.TrySetCanceled())
        {
            await (await _sections.Task).DisposeAsync();
        }

        await CloseAsync();
    }

    private SharedSections Memory()
    {
        lock (_lock)
        {
            return _shared ?? throw new ConnException(ErrorCode.NotReady, "The session has no memory that is shared.");
        }
    }

    /// <summary>The places of others go by the connection that offers the owner; no call comes before them.</summary>
    /// <exception cref="ConnException">TimedOut: its program does not take them. Another code: the program's failure.</exception>
    private async Task LearnPlacesAsync(SecureId sid, CancellationToken cancellationToken)
    {
        try
        {
            if (planners?.FindPlaces(sid) is { } places && await places.Given.WaitAsync(answerTimeout, clock, cancellationToken) is { } failure)
            {
                throw new ConnException(failure.Code, $"Owner {sid} cannot connect: it did not take the places of others. {failure.Message}");
            }
        }
        catch (TimeoutException)
        {
            throw new ConnException(
                ErrorCode.TimedOut, $"Owner {sid} cannot connect: its program did not take the places of others in {answerTimeout.TotalSeconds:0.#} s.");
        }
    }

    private async Task ConnectAsync(SecureId sid, WireOwner owner, CancellationToken cancellationToken)
    {
        share.RequireOwner(sid);
        if (gateway is null)
        {
            throw new ConnException(ErrorCode.NotSupported, $"Owner {sid} cannot connect: no engine runs at this server.");
        }

        if (!_sections.Task.IsCompletedSuccessfully || Interlocked.Exchange(ref _connected, 1) != 0)
        {
            throw new ConnException(ErrorCode.NotReady, "An owner connects once, after its connection for sections.");
        }

        await LearnPlacesAsync(sid, cancellationToken);
        _pipe = new SectionPipe(await _sections.Task);
        RemoteOwnerChannel channel = new(Peer, Quick, _pipe, owner.Shares ? Memory() : null, End, answerTimeout, clock, _lost.Token);
        IEngineSession session = await gateway.AcceptAsync(
            new OwnerConnection(sid, channel) { HasCallbacks = owner.HasCallbacks, Lease = new TimeSpan(owner.LeaseTicks), Name = owner.Name }, cancellationToken);
        Volatile.Write(ref _session, session);
        if (_lost.IsCancellationRequested)
        {
            await session.DisposeAsync();
        }
    }
}
