using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Machines;
using Conn.ActiveBackup.Timing;
using Conn.Engine.Loop;

namespace Conn.Engine.Owners;

/// <summary>One registered owner: its readiness, its current session, and what waits for a change of them. Used in the engine's loop only.</summary>
internal sealed class RegisteredOwner
{
    private const int MaxRequests = 64;

    private readonly EngineLoop _loop;
    private readonly string _subject;
    private TaskCompletionSource _changed = new();
    private volatile Countdown? _readinessWatch;
    private long _heardAt;
    private int _requests;

    public RegisteredOwner(DataOwnerRegistration registration, IOwnerChannel? planner, EngineLoop loop, IOwnedPlaces? places = null)
    {
        Registration = registration;
        Planner = planner;
        Places = places;
        _loop = loop;
        _subject = $"owner {registration.Name}";
    }

    public DataOwnerRegistration Registration { get; }

    public string Name => Registration.Name;

    /// <summary>The way to ask the owner, outside of operations, whether it could take a restore; or null.</summary>
    public IOwnerChannel? Planner { get; }

    /// <summary>Its places in the file system; null when it has none, or they are not known.</summary>
    public IOwnedPlaces? Places { get; }

    /// <summary>Whether it hands over data itself.</summary>
    public bool HasOwnData => Registration.ActiveType != ActiveType.ProxyOnly;

    /// <summary>Whether proxy managers keep data of it.</summary>
    public bool IsProxied => Registration.ProxyManagers.Count > 0;

    public DataOwnerStatus Status { get; private set; } = ReadinessTable.Instance.Initial;

    /// <summary>The first code it failed with; sticky until the operation ends.</summary>
    public ErrorCode FailureCode { get; private set; }

    public OwnerSession? Session { get; private set; }

    /// <summary>Completes at the next change of readiness; take it before looking.</summary>
    public Task Changed => _changed.Task;

    /// <summary>Called at once when the owner fails, or closes its connection: by the run of the current operation.</summary>
    public Action<DataOwnerException>? Lost { get; set; }

    /// <summary>The limit of a wait for its readiness, renewed by progress; null when nothing waits. Any thread reads it.</summary>
    public Countdown? ReadinessWatch
    {
        get => _readinessWatch;
        set => _readinessWatch = value;
    }

    /// <summary>When the owner reported progress last, as a timestamp of the engine's clock. Any thread writes it.</summary>
    public long HeardAt
    {
        get => Volatile.Read(ref _heardAt);
        set => Volatile.Write(ref _heardAt, value);
    }

    /// <summary>Answers a request of the owner in the loop. Those that wait there are bounded: an owner that does not wait for answers holds up nobody else. Any
    /// thread.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <param name="unclaimed">See <see cref="EngineLoop.RunAsync{T}"/>.</param>
    public Task<T> AskAsync<T>(Func<Task<T>> request, CancellationToken cancellationToken, Func<T, ValueTask>? unclaimed = null)
    {
        if (Interlocked.Increment(ref _requests) > MaxRequests)
        {
            Interlocked.Decrement(ref _requests);
            return Task.FromException<T>(new ConnException(ErrorCode.InUse, $"Owner {Name} has {MaxRequests} requests that are not answered yet; wait for their answers."));
        }

        // Also when the request is cancelled before its turn.
        _loop.Post(static s => Interlocked.Decrement(ref ((RegisteredOwner)s!)._requests), this);
        return _loop.RunAsync(request, cancellationToken, unclaimed);
    }

    /// <summary>Why nothing more can be asked of a session: the owner failed, or the session is not its current one. Null when it can be asked.</summary>
    public DataOwnerException? FailureOf(OwnerSession session) =>
        Status == DataOwnerStatus.Failed ? new(Name, FailureCode, $"Owner {Name} failed before ({FailureCode}); nothing more is asked of it.")
        : Session != session ? new(Name, ErrorCode.ServerTerminated, $"Owner {Name} closed its connection.") : null;

    /// <summary>The owner confirms that it is ready.</summary>
    /// <returns>Null, or why it may not.</returns>
    public IllegalEventException? TryConfirm(bool hasCallbacks) => TryMove(hasCallbacks ? ReadinessEvent.ConfirmReady : ReadinessEvent.ConfirmReadyNoImpl);

    /// <summary>The owner failed: its status, what waits for a call of it, and its run learn it at once. The first code stays.</summary>
    public void Fail(ErrorCode code, string message, DataOwnerException? failure = null)
    {
        if (FailureCode.IsSuccess)
        {
            FailureCode = code;
        }

        Move(ReadinessEvent.Fail);
        Session?.StopFailed(FailureCode, message);
        Lost?.Invoke(failure ?? new DataOwnerException(Name, FailureCode, message));
    }

    /// <summary>The operation is over: the session is stale, the next operation starts from the beginning.</summary>
    public void End()
    {
        OwnerSession? session = Session;
        Session = null;
        Lost = null;
        FailureCode = ErrorCode.Success;
        Move(ReadinessEvent.End);
        session?.End();
    }

    /// <summary>Takes a connection, which is a sign of life.</summary>
    /// <returns>Null, or why it may not connect.</returns>
    public IllegalEventException? TryConnect(OwnerSession session)
    {
        if (TryMove(ReadinessEvent.Connect) is { } refusal)
        {
            return refusal;
        }

        // What waits for it runs in a later turn, and sees session and status together.
        Session = session;
        HeardAt = _loop.Clock.GetTimestamp();
        ReadinessWatch?.Renew();
        return null;
    }

    /// <summary>Its client was closed, or it went away. In an operation its failure stays known; outside of one it is forgotten with the session.</summary>
    public void Close(OwnerSession session, bool keepsFailure)
    {
        if (Session != session)
        {
            return;
        }

        Session = null;
        FailureCode = keepsFailure ? FailureCode : ErrorCode.Success;
        Move(keepsFailure ? ReadinessEvent.Close : ReadinessEvent.End);
        Lost?.Invoke(new DataOwnerException(Name, FailureCode.IsSuccess ? ErrorCode.ServerTerminated : FailureCode, $"Owner {Name} closed its connection."));
    }

    /// <summary>A step of the engine's own, which is legal in every status.</summary>
    private void Move(ReadinessEvent step)
    {
        if (TryMove(step) is { } refusal)
        {
            throw refusal;
        }
    }

    /// <summary>A step that an owner asked for: a refusal is returned, because a throw for each costs more than the work.</summary>
    private IllegalEventException? TryMove(ReadinessEvent step)
    {
        if (!ReadinessTable.Instance.TryFire(Status, step, out DataOwnerStatus next))
        {
            return ReadinessTable.Instance.Refuse(Status, step, _subject);
        }

        Status = next;
        Announce();
        return null;
    }

    /// <summary>Wakes what waits for a change, each in its own turn of the loop: nothing runs in the middle of a change.</summary>
    private void Announce()
    {
        TaskCompletionSource before = _changed;
        _changed = new TaskCompletionSource();
        _loop.Post(static s => ((TaskCompletionSource)s!).SetResult(), before);
    }
}
