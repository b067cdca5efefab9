using Conn.ActiveBackup.Contract;
using Conn.Engine.Modes;
using Conn.Engine.Reports;
using Conn.Engine.Sessions;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Restores;

namespace Conn.Engine.Operations;

/// <summary>What every operation has: its owners, its mode, its abort, and the way back to Normal. Runs in the engine's loop.</summary>
internal abstract class Operation
{
    private static readonly TimeSpan HungOwnerBound = TimeSpan.FromSeconds(1);

    private readonly Dictionary<RegisteredOwner, NoProgressWatch> _waiting = [];
    private readonly List<RegisteredOwner> _helpers = [];
    private readonly HashSet<RegisteredOwner> _serving = [];
    private readonly HashSet<RegisteredOwner> _takingPart;
    private bool _entered;

    protected Operation(BackupEngine engine, string name, IReadOnlyList<RegisteredOwner> owners, CancellationToken abort)
    {
        Engine = engine;
        Name = name;
        Owners = owners;
        _takingPart = [.. owners];
        Abort = abort;
        Drives = owners.Aggregate(DriveList.Empty, (all, o) => all.Union(o.Registration.Drives));
    }

    /// <summary>Who asks: the holder others are told.</summary>
    public string Name { get; }

    public DriveList Drives { get; }

    public IReadOnlyList<RegisteredOwner> Owners { get; }

    /// <summary>Managers of the owners that are not in the operation themselves: they prepare and serve, nothing else is asked of them.</summary>
    public IReadOnlyList<RegisteredOwner> Helpers => _helpers;

    /// <summary>Owners of whom a decided restore still waits to be rolled forward: what they staged must stay.</summary>
    public IReadOnlySet<SecureId> StillPending { get; protected set; } = new HashSet<SecureId>();

    protected BackupEngine Engine { get; }

    protected CancellationToken Abort { get; }

    public long Now => Time.GetTimestamp();

    protected TimeProvider Time => Engine.Options.TimeProvider;

    public TimeSpan Since(long timestamp) => Time.GetElapsedTime(timestamp);

    /// <summary>Full: all are affected. Partial: those on this operation's list.</summary>
    public bool Affects(RegisteredOwner owner) => _entered && (!Engine.Mode.Present.IsPartial || _takingPart.Contains(owner));

    /// <summary>A connection came; it begins with the operation when one is going on.</summary>
    public void Connected(RegisteredOwner owner)
    {
        if (_entered && _takingPart.Contains(owner))
        {
            BeginSession(owner);
        }
    }

    /// <summary>An owner reported progress: the watch on its readiness starts anew.</summary>
    public void Heard(RegisteredOwner owner) => Engine.Loop.Post(_ =>
    {
        if (_waiting.TryGetValue(owner, out NoProgressWatch? watch))
        {
            watch.Renew();
        }
    }, null);

    /// <summary>Waits until an owner has come as far as asked.</summary>
    /// <exception cref="DataOwnerException">It failed, or nothing was heard of it in time.</exception>
    public async Task WaitForAsync(RegisteredOwner owner, Func<DataOwnerStatus, bool> reached, string what, CancellationToken abort)
    {
        using NoProgressWatch watch = new(Time, Engine.Options.ReadinessTimeout);
        using CancellationTokenRegistration stop = watch.StopOn(abort);
        _waiting[owner] = watch;
        try
        {
            while (true)
            {
                Task changed = owner.Changed;
                if (owner.Status == DataOwnerStatus.Failed)
                {
                    throw new DataOwnerException(owner.Name, what, owner.FailureCode, $"Owner {owner.Name} said that it cannot go on: {owner.FailureCode}.");
                }

                if (reached(owner.Status))
                {
                    return;
                }

                await watch.FirstAsync(changed);
                abort.ThrowIfCancellationRequested();
                if (watch.HasFired && !changed.IsCompleted)
                {
                    throw new DataOwnerException(owner.Name, what, ErrorCode.TimedOut,
                        $"Owner {owner.Name} is {owner.Status} and nothing was heard of it for {watch.Length.TotalSeconds:0.###} s while waiting for {what}.");
                }
            }
        }
        finally
        {
            _waiting.Remove(owner);
        }
    }

    public void Report(OperationPhase phase, string? owner = null, long bytes = 0, long expected = -1) =>
        Engine.Report(new OperationProgress(phase, owner, bytes, expected));

    /// <summary>The managers of an owner, in its registration's order; each registered, and as one.</summary>
    /// <exception cref="DataOwnerException">One is not.</exception>
    public IReadOnlyList<RegisteredOwner> ManagersOf(RegisteredOwner owner) => [.. owner.Registration.ProxyManagers.Select(sid =>
    {
        RegisteredOwner manager = Engine.Find(sid) ?? throw new DataOwnerException(owner.Name, "its proxy managers", ErrorCode.NotFound,
            $"Manager {sid} of owner {owner.Name} is not registered; register it, or take it off the owner's ProxyManagers.");
        return IsManager(manager) ? manager : throw new DataOwnerException(owner.Name, "its proxy managers", ErrorCode.NotSupported,
            $"Manager {manager.Name} of owner {owner.Name} is registered as {manager.Registration.ActiveType}; a manager is {ActiveType.ActiveAndProxy} or {ActiveType.ProxyOnly}.");
    })];

    /// <summary>Whether owners of this operation have data with a manager.</summary>
    public bool Serves(RegisteredOwner manager) => _serving.Contains(manager);

    /// <summary>Lets go of an owner whose part did not end well; remembers what could not be let go.</summary>
    public async Task LetGoAsync(RegisteredOwner owner, DataOwnerException? failure, ICollection<string> notes)
    {
        if (failure is not null && owner.Status != DataOwnerStatus.Failed)
        {
            owner.Fail(failure.Code);
        }

        if (owner.Session is { Machine: not null } session)
        {
            TimeSpan bound = failure?.Code == ErrorCode.TimedOut && HungOwnerBound < Engine.Options.AbortTimeout ? HungOwnerBound : Engine.Options.AbortTimeout;
            if (await session.TerminateAsync(bound) is { } note)
            {
                notes.Add(note);
            }
        }
    }

    /// <summary>Begins the operation with a connected owner; again, when its snapshot was of no use, or what it has prepared is to be kept, and it starts afresh.</summary>
    public void BeginSession(RegisteredOwner owner) => owner.LiveSession.Begin(Engine.ModeInfo, owner.Registration.Drives);

    /// <summary>Waits until all have ended; how they ended was told, or will be, by who is awaited first.</summary>
    protected static async Task SettleAsync(IEnumerable<Task> tasks) =>
        await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

    /// <summary>Asks the managers of the owners to take part; before the mode is entered.</summary>
    protected void AskManagers()
    {
        foreach (RegisteredOwner manager in Owners.SelectMany(o => o.Registration.ProxyManagers).Select(Engine.Find).OfType<RegisteredOwner>())
        {
            if (IsManager(manager) && _serving.Add(manager) && _takingPart.Add(manager))
            {
                _helpers.Add(manager);
            }
        }
    }

    /// <summary>There is a report, and it names what can never be rolled forward: only now is that closed.</summary>
    protected static async Task CloseGoneAsync(BackupRepository repository, RepositoryWriterLock writerLock, ResumeReport resumed, ICollection<string> notes)
    {
        foreach ((RestoreRecord record, SecureId owner) in resumed.Gone)
        {
            try
            {
                await repository.CompleteRestoreOwnerAsync(writerLock, record, owner.Value, CancellationToken.None);
            }
            catch (RepositoryException e)
            {
                notes.Add($"That the restore {record.Id} cannot be rolled forward for {owner} could not be recorded; the next run says it again: {e.Message}");
            }
        }
    }

    /// <summary>The right to write ends here whatever the storage says; what it says must not take the place of what became of the operation.</summary>
    protected static async Task GiveBackAsync(RepositoryWriterLock? writerLock, ICollection<string> notes)
    {
        try
        {
            await (writerLock?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
        catch (RepositoryException e)
        {
            notes.Add($"The file that names who writes to the repository could not be removed; the next writer removes it: {e.Message}");
        }
    }

    protected void EnterMode(BurModeEvent full, BurModeEvent partial, BackupIncType incType)
    {
        _entered = true;
        Engine.Mode.Enter(Engine.IsAll(Owners.Count) ? full : partial, incType);
        foreach (RegisteredOwner owner in Owners.Concat(_helpers).Where(o => o.Session is not null))
        {
            BeginSession(owner);
        }

        Report(OperationPhase.ModeEntered);
    }

    /// <summary>The way to Normal: never refused, whatever happened before. Owners are let go side by side first.</summary>
    protected async Task LeaveAsync(IEnumerable<Task> lettingGo, ICollection<string> notes)
    {
        try
        {
            await Task.WhenAll(lettingGo);
        }
        finally
        {
            LeaveMode(notes);
        }
    }

    private static bool IsManager(RegisteredOwner owner) => owner.Registration.ActiveType != ActiveType.ActiveOnly;

    private void LeaveMode(ICollection<string> notes)
    {
        _entered = false;
        ErrorCode published = Engine.Mode.GoNormal();
        if (!published.IsNone)
        {
            notes.Add($"The mode Normal could not be published ({published}); the engine is in Normal all the same.");
        }

        Engine.EndSessions();
        Report(OperationPhase.Normal);
    }
}
