using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Engine.Owners;

namespace Conn.Engine.Operations;

/// <summary>One owner's part of an operation: what backup and restore share. It connects, becomes ready, fails, and ends.</summary>
/// <remarks>
/// Invariant: the first failure counts. It is reported, the owner is terminated, and what depends on it fails, all when it happens and not when the run's
/// turn comes. A failure ends this run, and those that a proxy manager joins with it. Whether the operation goes on without them is the operation's decision.
/// </remarks>
internal abstract class OwnerRun
{
    private static readonly TimeSpan HungOwnerLimit = TimeSpan.FromSeconds(1);

    private readonly Operation _operation;
    private OwnerSession? _session;
    private Task? _ready;
    private Task? _terminated;
    private bool _keepsPrepared;
    private long _readyAt;
    private long _begunAt;

    protected OwnerRun(Operation operation, RegisteredOwner owner, CancellationToken stop)
    {
        _operation = operation;
        Owner = owner;
        Stop = stop;
    }

    public RegisteredOwner Owner { get; }

    /// <summary>The drives of the owner in this operation: those it is registered with, and those on which it gets data back.</summary>
    public virtual DriveList Drives => Owner.Registration.Drives;

    /// <summary>Why the run failed; null when it did not.</summary>
    public DataOwnerException? Failure { get; private set; }

    /// <summary>True once nothing more can go wrong with it: its data is stored, or in place.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Whether it takes part for others only, and was not asked for itself.</summary>
    public bool IsHelper { get; init; }

    /// <summary>What the owner remarked: its notes, and what it left out.</summary>
    public IEnumerable<string> Remarks => Notes.Concat(Errors);

    /// <summary>Completes when the owner and its managers are ready, or the run has failed. The first use starts it; never throws for an owner's failure.</summary>
    public Task Ready => _ready ??= GuardAsync(BecomeReadyAsync);

    /// <summary>The session with which the operation has begun.</summary>
    /// <exception cref="DataOwnerException">There is none yet.</exception>
    public OwnerSession Session => _session ?? throw new DataOwnerException(Owner.Name, ErrorCode.NotReady, $"Owner {Owner.Name} is not connected.");

    /// <summary>Whether the session with which the operation has begun has no callbacks.</summary>
    protected bool IsQuiet => _session is { HasCallbacks: false };

    /// <summary>Cancelled when the run must stop: the operation was aborted, or nothing can come of it any more.</summary>
    protected CancellationToken Stop { get; }

    protected List<string> Notes { get; } = [];

    protected List<string> Errors { get; } = [];

    /// <summary>How long the owner has been ready.</summary>
    protected TimeSpan HeldSoFar => _readyAt == 0 ? TimeSpan.Zero : _operation.Since(_readyAt);

    /// <summary>The runs of the owners that keep data of this one, in the order of its registration.</summary>
    protected abstract IReadOnlyList<OwnerRun> ManagerRuns { get; }

    /// <summary>Whether the owner itself must connect; not for one whose data is all with its managers.</summary>
    protected abstract bool NeedsClient { get; }

    /// <summary>Follows the owner from now on: it may fail, or close its connection, at any time.</summary>
    public void Begin()
    {
        Owner.Lost = OnLost;
        _begunAt = _operation.Now;
    }

    /// <summary>Reports a refusal that came before the mode changed, and takes up a failure that the owner confirmed before.</summary>
    public void LookForFailure()
    {
        if (_terminated is not null)
        {
            return;
        }

        if (Failure is { } refused)
        {
            _operation.Report(OperationPhase.OwnerFailed, Owner.Name, error: refused.Code);
        }
        else if (Owner.Status == DataOwnerStatus.Failed)
        {
            Fail(new DataOwnerException(
                Owner.Name, Owner.FailureCode, $"Owner {Owner.Name} confirmed before the operation that it cannot continue ({Owner.FailureCode})."));
        }
    }

    /// <summary>Records that the owner cannot take part, before the mode has changed.</summary>
    public void Refuse(DataOwnerException why) => Failure ??= why;

    /// <summary>Fails the run, once: reports it, terminates the owner, and lets what depends on it fail.</summary>
    public void Fail(DataOwnerException failure)
    {
        if (Failure is not null || IsFinished)
        {
            return;
        }

        Failure = failure;
        if (Owner.Status != DataOwnerStatus.Failed)
        {
            Owner.Fail(failure.Code, failure.Message);
        }

        _operation.Report(OperationPhase.OwnerFailed, Owner.Name, error: failure.Code);
        _terminated ??= TerminateAsync(AfterTerminate);
        _operation.OnFailed(this);
    }

    /// <summary>Nothing is left to do with the owner, and nothing of it needs to be terminated.</summary>
    public void Finish()
    {
        if (Failure is null)
        {
            IsFinished = true;
            Owner.Lost = null;
        }
    }

    /// <summary>Ends the run: an owner that is not finished is terminated, and waited for within the bound. Never throws.</summary>
    public Task EndAsync() => IsFinished ? Task.CompletedTask : EndUnfinishedAsync();

    /// <summary>Runs a step; an owner's failure fails the run and is not thrown.</summary>
    protected async Task GuardAsync(Func<Task> step)
    {
        if (Failure is not null)
        {
            return;
        }

        try
        {
            await step();
        }
        catch (DataOwnerException e)
        {
            // Also a run that was finished but for this step: what the owner does by itself no longer counts then, the step does.
            IsFinished = false;
            Fail(e);
        }
    }

    /// <summary>Ends a step of a run that failed while it asked nothing of its own owner.</summary>
    public void ThrowIfFailed()
    {
        if (Failure is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>Asks a manager for this owner's sake: its failure is the failure of both.</summary>
    /// <exception cref="DataOwnerException">The manager failed, now or before; as this owner's failure.</exception>
    protected async Task WithManagerAsync(OwnerRun manager, Func<Task> work)
    {
        ThrowIfFailed();
        if (manager.Failure is { } failed)
        {
            throw failed.AsManagerOf(Owner);
        }

        try
        {
            await work();
        }
        catch (DataOwnerException e)
        {
            manager.Fail(e);
            throw e.AsManagerOf(Owner);
        }
    }

    /// <summary>Waits for the owner's client, and makes the first calls. Holds one of the operation's places.</summary>
    /// <exception cref="DataOwnerException">The owner failed, or did not come in time.</exception>
    protected abstract Task ConnectAsync();

    /// <summary>Begins the operation by the owner's current connection; from now on the run depends on this one. Lets the owner remove what interrupted
    /// restores left.</summary>
    protected async Task BeginSessionAsync()
    {
        _session = Owner.Session ?? throw new DataOwnerException(Owner.Name, ErrorCode.ServerTerminated, $"Owner {Owner.Name} closed its connection.");
        if (!_session.HasCallbacks)
        {
            return;
        }

        await _session.BeginAsync(Drives, Stop);
        if (_session.Features.HasFlag(OwnerFeatures.RestorePrepare) && !_operation.Pending.Contains(Owner.Registration.Sid))
        {
            Notes.AddRange((await _session.CallAsync(OwnerCall.Recover(), Stop)).Remarks!.Notes);
        }
    }

    /// <summary>Waits until the owner has reached a status; progress of the owner starts the wait again.</summary>
    /// <param name="reached">Whether the status is reached.</param>
    /// <param name="what">What is waited for, for the message.</param>
    /// <param name="sinceBegin">True to measure the time-out from the later of <see cref="Begin"/> and the last report of progress, and not from now.</param>
    /// <exception cref="DataOwnerException">It failed, or nothing was heard of it in time.</exception>
    protected Task WaitForAsync(Func<DataOwnerStatus, bool> reached, string what, bool sinceBegin = false) =>
        Failure is null && reached(Owner.Status) ? Task.CompletedTask : new ReadinessWait(_operation, this, reached, what)
            .RunAsync(sinceBegin ? _operation.Since(Math.Max(_begunAt, Owner.HeardAt)) : TimeSpan.Zero, Stop);

    protected static bool IsReady(DataOwnerStatus status) => status is DataOwnerStatus.Ready or DataOwnerStatus.ReadyNoImpl;

    private async Task BecomeReadyAsync()
    {
        if (NeedsClient)
        {
            await _operation.InPlaceAsync(ConnectAsync, Stop);
            await WaitForAsync(IsReady, "its readiness");
        }

        foreach (OwnerRun manager in ManagerRuns)
        {
            await manager.Ready;
            if (manager.Failure is { } failed)
            {
                throw failed.AsManagerOf(Owner);
            }
        }

        ThrowIfFailed();
        _readyAt = _operation.Now;
        _operation.Report(OperationPhase.OwnerReady, Owner.Name);
    }

    /// <summary>The owner failed or closed its connection. Before the first call of it, a connection that closes may be followed by another.</summary>
    private void OnLost(DataOwnerException failure)
    {
        if (_session is not null || Owner.Status == DataOwnerStatus.Failed)
        {
            Fail(failure);
        }
    }

    /// <summary>What follows when the owner is terminated now; null when nothing does. Read when the run fails: the commit may follow in the same
    /// turn.</summary>
    protected virtual OwnerCall? AfterTerminate => null;

    private async Task EndUnfinishedAsync()
    {
        await (_terminated ??= TerminateAsync(AfterTerminate));
        if (_keepsPrepared && AfterTerminate is { } late && Owner.Session is { } session)
        {
            // It failed while the commit was written, which it was not in the end.
            Note(await session.FollowUpAsync(late));
        }
    }

    private async Task TerminateAsync(OwnerCall? then)
    {
        // In a turn of its own: a call that was given up ends first, also in the trace.
        await Task.Yield();
        TimeSpan limit = _operation.Engine.Limits.AbortTimeout;
        if (Owner.Session is { } session)
        {
            string? note = await session.TerminateAsync(Failure?.Code == ErrorCode.TimedOut && HungOwnerLimit < limit ? HungOwnerLimit : limit);
            _keepsPrepared = note is null && then is null;
            Note(note ?? (then is { } next ? await session.FollowUpAsync(next) : null));
        }
    }

    private void Note(string? note) => _operation.Notes.AddRange(note is null ? [] : [note]);
}
