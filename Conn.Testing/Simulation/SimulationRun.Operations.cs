using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Contract;
using Conn.Engine.Operations;
using Conn.Engine.Reports;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Sets;
using Conn.Testing.Storage;

namespace Conn.Testing.Simulation;

/// <summary>One operation: prepared, run, and left with what became of it.</summary>
internal sealed partial class SimulationRun
{
    private readonly Dictionary<(int Owner, OwnerCallKind Callback), int> _calls = [];
    private Action _abort = static () => { };
    private TimeSpan? _abortedAt;
    private TimeSpan? _endedAt;
    private int _steps;
    private long _lastRestore;
    private bool _committed;
    private bool _left;
    private bool _inPlace;

    private bool Has(FaultKind kind) => _operation.Faults.Any(f => f.Kind == kind);

    private async Task OperateAsync()
    {
        await PrepareOwnersAsync();
        List<BackupSet> sets = [.. await _host.Repository.ListSetsAsync(CancellationToken.None)];
        BackupSet? set = _operation.IsRestore ? Choose(sets) : null;
        if ((_operation.IsRestore && set is null) || !Named().Any())
        {
            return;
        }

        Counts.Operations++;
        _trace.Add($"operation {_number}: {(_operation.IsRestore ? "restore" : "backup")}");
        using CancellationTokenSource abort = new();
        _abort = abort.Cancel;
        (_abortedAt, _endedAt, _steps, _committed, _left, _going) = (null, null, 0, false, false, true);
        _restored = set?.Id.Text;
        FindNewer(set);
        RepositoryWriterLock? other = await ArmAsync();
        Ending ending = new();
        Task running = _operation.IsRestore ? RestoreAsync(set!, ending, abort.Token) : BackupAsync(ending, abort.Token);
        if (Has(FaultKind.EngineDeath))
        {
            await UntilAsync(() => running.IsCompleted || _host.EngineScheduler.IsDead);
            if (_host.EngineScheduler.IsDead)
            {
                await LeasesRunOutAsync();
                _going = false;
                _storage.CapacityBytes = long.MaxValue;
                CheckTrace(cut: true);
                await CrashAsync(_number + 1);
                await CheckAfterCrashAsync(set, sets);
                return;
            }
        }

        await running;
        _endedAt = _endedAt ?? _time.Elapsed;
        _going = false;
        try
        {
            await (other?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
        catch (PowerLossException)
        {
            _trace.Add("the power went while the other writer let go");
        }

        _storage.CapacityBytes = long.MaxValue;
        if (_storage.PowerIsLost)
        {
            Counts.Met(FaultKind.PowerLoss);
            CheckTrace(cut: true);
            await CrashAsync(_number + 1);
            await CheckAfterCrashAsync(set, sets);
            return;
        }

        _storage.PowerLossAtWrite = 0;
        await CheckAsync(ending, set, sets);
        CheckTrace(cut: false);
    }

    /// <summary>Before an operation: hung processes are replaced, data changes, late calls have come to their end.</summary>
    private async Task PrepareOwnersAsync()
    {
        if (_operation.ChangeSeed % 3 == 0)
        {
            await _time.DelayAsync(Settling);
        }

        _calls.Clear();
        foreach (SimulatedOwner owner in _owners)
        {
            // What still runs of an operation that is over keeps the owner from the next one.
            owner.Faulted = owner.MayTimeOut = owner.IsPreparing || owner.Calls is { IsInside: true };
            owner.Codes.Clear();
            owner.InPlace.Clear();
            owner.ResumeCodes.Clear();
            owner.VersionBefore = owner.Version;
            owner.Streams.Clear();
            owner.Connection = null;
            if (owner.MustRestart)
            {
                await RestartAsync(owner);
            }
        }

        foreach (SimulatedOwner owner in _owners)
        {
            uint bit = 1u << owner.Number;
            List<SimulatedOwner> keepers = [owner, .. ManagersOf(owner)];
            bool cleared = (_operation.Cleared & bit) != 0;
            if ((cleared || (_operation.Changed & bit) != 0) && keepers.TrueForAll(k => k.Pending is null))
            {
                keepers.ForEach(k => k.Change(owner, cleared ? null : _operation.ChangeSeed));
            }
        }

        foreach (SimulationFault fault in _operation.Faults.Where(f => f.Owner >= 0 && f.Callback is null))
        {
            await ArmOwnerAsync(_owners[fault.Owner], fault);
        }
    }

    private BackupSet? Choose(List<BackupSet> sets)
    {
        List<SimulatedOwner> named = [.. Named().Where(o => o.Plan.Type != ActiveType.ProxyOnly)];
        List<BackupSet> usable = [.. sets.Where(s => named.All(o => s.Part(o.Sid.Value) is { IsStored: true, Drives.Count: > 0 }))];
        return usable.Count == 0 || named.Count == 0 ? null : usable[Math.Max(0, usable.Count - 1 - _operation.SetsBack)];
    }

    private List<SecureId>? NamedSids() => Named().Count() == _owners.Count ? null : [.. Named().Select(o => o.Sid)];

    private async Task BackupAsync(Ending ending, CancellationToken abort)
    {
        try
        {
            ending.Backup = await _host.Engine.BackupAsync(new BackupRequest
            {
                Repository = _host.Repository, Owners = NamedSids(), Choice = _operation.Choice, CopyOnly = _operation.CopyOnly, Checksums = _operation.Checksums, Holder = "the simulation",
            }, abort);
        }
        catch (Exception e) when (e is ConnException or RepositoryException or OperationCanceledException or PowerLossException)
        {
            ending.Failure = e;
        }

        _endedAt = _time.Elapsed;
    }

    private async Task RestoreAsync(BackupSet set, Ending ending, CancellationToken abort)
    {
        _inPlace = _operation.InPlace;
        try
        {
            ending.Restore = await _host.Engine.RestoreAsync(new RestoreRequest
            {
                Repository = _host.Repository, Owners = Named().All(o => set.Part(o.Sid.Value) is { IsStored: true }) ? NamedSids() : [.. Named().Select(o => o.Sid)], Set = set, InPlace = _inPlace, Checksums = _operation.Checksums, Holder = "the simulation",
            }, abort);
        }
        catch (Exception e) when (e is ConnException or RepositoryException or OperationCanceledException or PowerLossException)
        {
            ending.Failure = e;
        }

        _endedAt = _time.Elapsed;
    }

    /// <summary>Waits in virtual time for what no task tells.</summary>
    private async Task UntilAsync(Func<bool> reached)
    {
        while (!reached())
        {
            await _time.DelayAsync(TimeSpan.FromSeconds(1));
        }
    }

    /// <summary>The engine is silent: every connected owner must free itself within its lease.</summary>
    private async Task LeasesRunOutAsync()
    {
        List<SimulatedOwner> prepared = [.. _owners.Where(o => o is { Connection: { Ended.IsCompleted: false }, Participant: not null })];
        await _time.DelayAsync(TimeSpan.FromSeconds(91));
        foreach (SimulatedOwner owner in prepared.Where(o => o.Participant is not null))
        {
            if (!owner.Connection!.Ended.IsCompleted)
            {
                Violated(Invariant.Released, $"{owner.Name} is still connected 91 s after the engine stopped; its lease is {owner.Plan.LeaseSeconds} s");
            }
            else if (owner.Calls is not { IsInside: true } && !owner.Faulted && !IsDead && owner.Subject.Held() is { } held)
            {
                Violated(Invariant.Released, $"after its lease: {held}");
            }
        }
    }

    /// <summary>How an operation ended.</summary>
    private sealed class Ending
    {
        public BackupReport? Backup { get; set; }

        public RestoreReport? Restore { get; set; }

        public Exception? Failure { get; set; }
    }
}
