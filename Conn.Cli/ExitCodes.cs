using Conn.ActiveBackup;
using Conn.Cli.Hosting;
using Conn.Engine;
using Conn.Repository;

namespace Conn.Cli;

/// <summary>From what happened to the exit code: one place, in the documented precedence.</summary>
internal static class ExitCodes
{
    private const int TooManyOpenFilesOfSystem = 23;

    private static readonly ExitCode[] Precedence =
    [
        ExitCode.Interrupted, ExitCode.NotPermitted, ExitCode.InUse, ExitCode.NotFound, ExitCode.VerificationFailed, ExitCode.ChainBroken,
        ExitCode.Refused, ExitCode.TimedOut, ExitCode.Failed, ExitCode.TryLater, ExitCode.Partial, ExitCode.Done,
    ];

    /// <summary>The strongest of several.</summary>
    public static ExitCode Strongest(IEnumerable<ExitCode> codes)
    {
        ExitCode[] all = [.. codes];
        return Precedence.First(p => p == ExitCode.Done || all.Contains(p));
    }

    /// <summary>The strongest of several as <see cref="Strongest"/> finds it, after wrong usage, which precedes all: it stands for a configuration.</summary>
    public static ExitCode Worst(IEnumerable<ExitCode> codes) =>
        codes.ToHashSet() is var all && all.Contains(ExitCode.Usage) ? ExitCode.Usage : Strongest(all);

    public static ExitCode Of(Exception failure) => failure switch
    {
        UsageException => ExitCode.Usage,
        OperationCanceledException => ExitCode.Interrupted,
        RepositoryException e => Of(e.Failure),
        OperationRefusedException e => Of(e),
        ConnException e when e.Code == ErrorCode.NotFound => ExitCode.NotFound,
        ConnException e => Of(e.Code),
        UnauthorizedAccessException => ExitCode.NotPermitted,
        _ => ExitCode.Failed,
    } is var code and not ExitCode.Failed ? code : IsForNow(failure) ? ExitCode.TryLater : ExitCode.Failed;

    public static ExitCode Of(RepositoryFailure failure) => failure switch
    {
        RepositoryFailure.NoRepository or RepositoryFailure.Foreign or RepositoryFailure.NoSuchSet or RepositoryFailure.NoSuchOwner => ExitCode.NotFound,
        RepositoryFailure.Damaged or RepositoryFailure.ChainBroken => ExitCode.VerificationFailed,
        RepositoryFailure.InUse => ExitCode.InUse,
        RepositoryFailure.DiskFull => ExitCode.TryLater,
        RepositoryFailure.NotPermitted or RepositoryFailure.WrongKey => ExitCode.NotPermitted,
        _ => ExitCode.Failed,
    };

    /// <summary>An operation as a whole: what it is called, and why its Required owners failed.</summary>
    public static ExitCode Of(OperationOutcome outcome, IEnumerable<OwnerReport> owners) => outcome switch
    {
        OperationOutcome.Succeeded => ExitCode.Done,
        OperationOutcome.Partial => ExitCode.Partial,
        _ => owners.Where(o => o.Outcome == OwnerOutcome.Failed && o.Policy == OwnerPolicy.Required).Select(o => Of(o.Error)).ToList() is { Count: > 0 } codes
            ? Strongest(codes) : ExitCode.Failed,
    };

    public static ExitCode Of(ErrorCode code) =>
        code == ErrorCode.TimedOut ? ExitCode.TimedOut
        : code == ErrorCode.InUse ? ExitCode.InUse
        : code == ErrorCode.PermissionDenied || code == ErrorCode.AccessDenied ? ExitCode.NotPermitted
        : code == ErrorCode.DiskFull ? ExitCode.TryLater
        : code == ErrorCode.NotSupported ? ExitCode.Refused
        : ExitCode.Failed;

    /// <summary>Whether there was no memory, or no room for a thread, whatever that became on its way here.</summary>
    public static bool IsOutOfMemory(Exception failure) => CausesOf(failure).Any(static c => c is OutOfMemoryException);

    /// <summary>Whether the process or the system had too little of something, whatever that became on its way here.</summary>
    private static bool IsForNow(Exception failure) => IsOutOfMemory(failure)
        || CausesOf(failure).Any(static c => c is IOException { HResult: Descriptors.TooManyOpenFiles or TooManyOpenFilesOfSystem });

    private static IEnumerable<Exception> CausesOf(Exception failure)
    {
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
        }
    }

    private static ExitCode Of(OperationRefusedException refused) => refused.Refusal switch
    {
        OperationRefusal.InUse => ExitCode.InUse,
        OperationRefusal.NoSuchOwner => ExitCode.NotFound,
        OperationRefusal.NeedsBase => ExitCode.ChainBroken,
        OperationRefusal.OtherSource => ExitCode.Refused,
        OperationRefusal.Overlap or OperationRefusal.NoSource => ExitCode.Usage,
        _ => Of(refused.Code) is var code and not ExitCode.Failed ? code : ExitCode.Refused,
    };
}
