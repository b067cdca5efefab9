using Conn.ActiveBackup.Calls;
using Conn.Repository.Sets;

namespace Conn.Testing.Simulation;

/// <summary>One operation of a run: its plan, and what has happened in it so far.</summary>
internal sealed class SimulatedOperation(PlannedOperation plan, int number)
{
    public PlannedOperation Plan { get; } = plan;

    /// <summary>Its place in the schedule, from 0; -1 before the first.</summary>
    public int Number { get; } = number;

    /// <summary>True from the request until its end.</summary>
    public bool IsRunning { get; set; }

    /// <summary>Asks the engine to abort it.</summary>
    public Action Abort { get; set; } = static () => { };

    public TimeSpan? AbortedAt { get; set; }

    public TimeSpan? EndedAt { get; set; }

    /// <summary>The number of progress steps so far.</summary>
    public int Steps { get; set; }

    /// <summary>True once the engine has reported the commit of a restore.</summary>
    public bool IsCommitted { get; set; }

    /// <summary>True while the last reported step was the way back to Normal.</summary>
    public bool HasLeft { get; set; }

    /// <summary>Of a restore: the set, once it is chosen.</summary>
    public BackupSet? Restored { get; set; }

    /// <summary>The number of writes that met the end of the storage before it.</summary>
    public int FullWritesBefore { get; set; }

    /// <summary>The number of calls of the storage that failed before it.</summary>
    public int FailedCallsBefore { get; set; }

    /// <summary>Of a backup: true once the manifest is durable, so that a later failure leaves open whether the set is there.</summary>
    public bool IsManifestWritten { get; set; }

    /// <summary>The number of calls so far, for each owner and kind.</summary>
    public Dictionary<(int Owner, OwnerCallKind Kind), int> Calls { get; } = [];

    /// <summary>Whether it rolls forward what earlier runs committed.</summary>
    public bool RollsForward => !Plan.IsRestore || Plan.InPlace;

    /// <summary>The faults of owners that have happened.</summary>
    public HashSet<SimulationFault> Happened { get; } = [];

    /// <summary>The operation and what has gone wrong in it, in words.</summary>
    public override string ToString()
    {
        string[] faults = [.. Plan.Faults.Where(f => f.Owner < 0 || Happened.Contains(f))
            .Select(f => $"{f.Kind}{(f.Owner < 0 ? "" : $" of owner{f.Owner}")}{(f.Callback is { } call ? $" in {call}" : "")}")];
        return $"a {(Plan.IsRestore ? "restore" : "backup")}{(faults.Length == 0 ? "" : $" with {string.Join(" and ", faults)}")}";
    }

    public bool Has(FaultKind kind) => Plan.Faults.Any(f => f.Kind == kind);
}
