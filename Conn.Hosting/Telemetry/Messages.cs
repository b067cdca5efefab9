using Conn.Engine;
using Microsoft.Extensions.Logging;

namespace Conn.Hosting.Telemetry;

/// <summary>Every log message. The ids are stable; docs/errors.md lists them.</summary>
internal static partial class Messages
{
    [LoggerMessage(1, LogLevel.Information, "Conn started on repository {Repository} in {Folder}; owners: {Owners}")]
    public static partial void Started(ILogger log, int owners, string repository, string folder);

    [LoggerMessage(2, LogLevel.Information, "Conn stopped")]
    public static partial void Stopped(ILogger log);

    [LoggerMessage(3, LogLevel.Warning, "The host stops before the operation that runs has ended; the repository stays as it was before it")]
    public static partial void StopTooSlow(ILogger log);

    [LoggerMessage(4, LogLevel.Warning, "A restore that was cut off earlier: {Note}")]
    public static partial void Resumed(ILogger log, string note);

    [LoggerMessage(5, LogLevel.Information, "Conn listens at {Socket}")]
    public static partial void Listening(ILogger log, string socket);

    [LoggerMessage(6, LogLevel.Warning, "{Line}")]
    public static partial void Peer(ILogger log, string line);

    [LoggerMessage(9, LogLevel.Warning, "{Count} more lines about connections were left out")]
    public static partial void PeersLeftOut(ILogger log, int count);

    [LoggerMessage(7, LogLevel.Error, "A listener could not be told of a {Kind}")]
    public static partial void ListenerFailed(ILogger log, string kind, Exception thrown);

    [LoggerMessage(8, LogLevel.Warning, "The host stops before its listeners were told of every operation")]
    public static partial void ListenersTooSlow(ILogger log);

    [LoggerMessage(14, LogLevel.Warning, "The {Kind} of {Holder} ended without a report: {Why}")]
    public static partial void OperationEnded(ILogger log, string kind, string holder, string why);

    [LoggerMessage(25, LogLevel.Warning, "A scheduled backup was aborted")]
    public static partial void ScheduledAborted(ILogger log);

    [LoggerMessage(10, LogLevel.Information, "Backup {Outcome}: {Set}, {Bytes} bytes")]
    public static partial void BackupEnded(ILogger log, OperationOutcome outcome, string set, long bytes);

    [LoggerMessage(11, LogLevel.Information, "Restore {Outcome} from {Set}")]
    public static partial void RestoreEnded(ILogger log, OperationOutcome outcome, string set);

    [LoggerMessage(12, LogLevel.Error, "Owner {Owner}: {Error}")]
    public static partial void OwnerError(ILogger log, string owner, string error);

    [LoggerMessage(13, LogLevel.Error, "Owner {Owner} threw")]
    public static partial void OwnerThrew(ILogger log, string owner, Exception thrown);

    [LoggerMessage(15, LogLevel.Error, "Something failed beside an operation, and did not end it")]
    public static partial void EngineFault(ILogger log, Exception thrown);

    [LoggerMessage(16, LogLevel.Error, "An observer of the state bus threw")]
    public static partial void ObserverFailed(ILogger log, Exception thrown);

    [LoggerMessage(17, LogLevel.Information, "Retention: {Hidden} sets hidden, {Deleted} deleted")]
    public static partial void Retained(ILogger log, int hidden, int deleted);

    [LoggerMessage(18, LogLevel.Error, "Retention failed, and the backup before it stands; the next good backup tries again")]
    public static partial void RetentionFailed(ILogger log, Exception thrown);

    [LoggerMessage(19, LogLevel.Warning, "Retention: {Note}")]
    public static partial void RetentionNote(ILogger log, string note);

    [LoggerMessage(20, LogLevel.Information, "A scheduled time passed since the newest set of {Newest:yyyy-MM-dd HH:mm zzz}; a backup is made now")]
    public static partial void Missed(ILogger log, DateTimeOffset newest);

    [LoggerMessage(23, LogLevel.Information, "The next scheduled backup is at {Next:yyyy-MM-dd HH:mm zzz}")]
    public static partial void Next(ILogger log, DateTimeOffset next);

    [LoggerMessage(24, LogLevel.Information, "The schedule has changed")]
    public static partial void ScheduleChanged(ILogger log);

    [LoggerMessage(21, LogLevel.Warning, "A scheduled backup is left out: {Reason}")]
    public static partial void Skipped(ILogger log, string reason);

    [LoggerMessage(30, LogLevel.Information, "The daemon is connected; {Owners} owners of this program take part in its operations")]
    public static partial void DaemonConnected(ILogger log, int owners);

    [LoggerMessage(31, LogLevel.Warning, "No daemon is connected, and no backup includes this program until one is: {Reason}")]
    public static partial void DaemonAway(ILogger log, string reason, Exception? thrown);

    [LoggerMessage(32, LogLevel.Error, "The daemon refuses this program, and its backups do not include it: {Reason}")]
    public static partial void DaemonRefuses(ILogger log, string reason);

    [LoggerMessage(33, LogLevel.Warning, "Owner {Owner} takes no part in an operation of the daemon: {Reason}")]
    public static partial void OwnerNotTaken(ILogger log, string owner, string reason);

    [LoggerMessage(34, LogLevel.Warning, "The host stops before its owners have left the daemon")]
    public static partial void LeaveTooSlow(ILogger log);

    [LoggerMessage(35, LogLevel.Error, "No backup of the daemon holds owner {Owner}: {Reason} Name it in the daemon's configuration, with kind remote, and restart the daemon")]
    public static partial void OwnerUnknown(ILogger log, string owner, string reason);

    [LoggerMessage(22, LogLevel.Error, "A scheduled backup failed")]
    public static partial void ScheduledFailed(ILogger log, Exception thrown);
}
