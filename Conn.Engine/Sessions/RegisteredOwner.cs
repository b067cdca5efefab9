using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;
using Conn.PubSub;

namespace Conn.Engine.Sessions;

/// <summary>One registered owner: its readiness, its present session, and who waits for a change of them. Used in the engine's loop only.</summary>
internal sealed class RegisteredOwner
{
    private readonly SerialLoop _loop;
    private readonly string _subject;
    private TaskCompletionSource _changed = new();

    public RegisteredOwner(DataOwnerRegistration registration, SerialLoop loop)
    {
        Registration = registration;
        _loop = loop;
        _subject = $"owner {registration.Name}";
    }

    public DataOwnerRegistration Registration { get; }

    public string Name => Registration.Name;

    /// <summary>Whether it hands over data itself.</summary>
    public bool HasOwnData => Registration.ActiveType != ActiveType.ProxyOnly;

    /// <summary>Whether proxy managers keep data of it.</summary>
    public bool IsProxied => Registration.ProxyManagers.Count > 0;

    public DataOwnerStatus Status { get; private set; } = ReadinessTable.Instance.Initial;

    /// <summary>The first code it failed with; sticky until the operation ends.</summary>
    public ErrorCode FailureCode { get; private set; }

    public OwnerSession? Session { get; private set; }

    /// <summary>The present session.</summary>
    /// <exception cref="DataOwnerException">The owner has gone; with the code it failed with, if it did.</exception>
    public OwnerSession LiveSession => Session ?? throw new DataOwnerException(
        Name, "session", FailureCode.IsNone ? ErrorCode.ServerTerminated : FailureCode, $"Owner {Name} has gone.");

    /// <summary>Its sticky failure, told again; null while it has not failed.</summary>
    public DataOwnerException? FailedBefore => Status != DataOwnerStatus.Failed ? null : new(Name, "session", FailureCode, $"Owner {Name} failed before ({FailureCode}); nothing more is asked of it.");

    /// <summary>Completes at the next change of readiness; take it before looking.</summary>
    public Task Changed => _changed.Task;

    public void Fire(ReadinessEvent step)
    {
        Status = ReadinessTable.Instance.Fire(Status, step, _subject);
        Announce();
    }

    public void Fail(ErrorCode code)
    {
        if (FailureCode.IsNone)
        {
            FailureCode = code;
        }

        Fire(ReadinessEvent.Fail);
    }

    /// <summary>The operation is over: the session is stale, the next operation starts afresh.</summary>
    public void End()
    {
        OwnerSession? session = Session;
        Session = null;
        FailureCode = ErrorCode.None;
        Fire(ReadinessEvent.End);
        session?.End(ErrorCode.None);
    }

    /// <summary>Takes a connection; who waits for it sees session and status together.</summary>
    public void Connect(OwnerSession session)
    {
        Status = ReadinessTable.Instance.Fire(Status, ReadinessEvent.Connect, _subject);
        Session = session;
        Announce();
    }

    /// <summary>Its client was closed, or it went away.</summary>
    public void Close()
    {
        Session = null;
        Fire(ReadinessEvent.Close);
    }

    /// <summary>Wakes who waits, as a turn of its own: nobody runs in the middle of a change.</summary>
    private void Announce()
    {
        TaskCompletionSource before = _changed;
        _changed = new TaskCompletionSource();
        _loop.Post(static s => ((TaskCompletionSource)s!).SetResult(), before);
    }
}
