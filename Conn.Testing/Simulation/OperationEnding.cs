using Conn.Engine;

namespace Conn.Testing.Simulation;

/// <summary>How an operation ended: one of the three is set.</summary>
internal sealed class OperationEnding
{
    public BackupReport? Backup { get; set; }

    public RestoreReport? Restore { get; set; }

    public Exception? Failure { get; set; }

    /// <summary>The owners' reports; none after a failure.</summary>
    public IReadOnlyList<OwnerReport> Owners => Backup?.Owners ?? Restore?.Owners ?? [];

    /// <summary>The notes of the report; null after a failure.</summary>
    public IReadOnlyList<string>? Notes => Backup?.Notes ?? Restore?.Notes;
}
