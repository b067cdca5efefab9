using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;
using Conn.PubSub;

namespace Conn.Engine.Sessions;

/// <summary>One registered owner: its readiness, its present session, and who waits for a change of them. Used in the engine's loop only.</summary>
internal sealed class RegisteredOwner
{
    private TaskCompletionSource _changed = New();

    public RegisteredOwner(DataOwnerRegistration registration) => Registration = registration;

    public DataOwnerRegistration Registration { get; }

    public string Name => Registration.Name;

    public DataOwnerStatus Status { get; private set; } = ReadinessTable.Instance.Initial;

    /// <summary>The first code it failed with; sticky until the operation ends.</summary>
    public ErrorCode FailureCode { get; private set; }

    public OwnerSession? Session { get; set; }

    /// <summary>Completes at the next change of readiness; take it before looking.</summary>
    public Task Changed => _changed.Task;

    public void Fire(ReadinessEvent step)
    {
        Status = ReadinessTable.Instance.Fire(Status, step, $"owner {Name}");
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

    public void Announce()
    {
        TaskCompletionSource before = _changed;
        _changed = New();
        before.SetResult();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
