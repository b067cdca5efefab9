using Conn.ActiveBackup;
using Conn.Cli.Daemon;
using Conn.Hosting;

namespace Conn.Cli.Doctor;

/// <summary>Whether the daemon's owners are connected, succeeded in the last operation, and have a backup that is not too old.</summary>
internal sealed class DaemonOwnerCheck : IDoctorCheck
{
    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken)
    {
        if (examined.Status is not { } status)
        {
            return new([]);
        }

        BackupAgeLimit? limit = BackupAgeLimit.Of(new DaemonSchedule { Times = status.Schedule, TimeZone = status.TimeZone }, examined.Now);
        return new([.. status.Owners.SelectMany(o => Find(o, limit, examined.Now))]);
    }

    private static IEnumerable<Finding> Find(OwnerStatus owner, BackupAgeLimit? limit, DateTimeOffset now)
    {
        Finding?[] findings = [Place(owner), Error(owner), Age(owner, limit, now)];
        return findings.Any(static f => f is not null) ? findings.OfType<Finding>()
            : [Finding.Ok(About(owner), $"Its newest backup is {StatusOutput.Age(now - owner.LastGood!.Value)} old.")];
    }

    private static string About(OwnerStatus owner) => $"owner {owner.Name}";

    private static Finding? Place(OwnerStatus owner) => owner.Where.Length > 0 ? null
        : Finding.Warning(About(owner), "It is absent: its program is not connected to the daemon.",
            "Start the program that serves it; without it a backup of this owner fails.");

    private static Finding? Error(OwnerStatus owner)
    {
        if (owner.Error.IsSuccess)
        {
            return null;
        }

        if (owner.Retryable)
        {
            return Finding.Warning(About(owner), $"It failed in the last operation with {owner.Error.Name}, and a retry may help{Because(owner)}.",
                "Try again with conn backup; if it fails again, read the daemon's log.");
        }

        string what = $"It failed in the last operation with {owner.Error.Name}, and a retry alone will not help{Because(owner)}.";
        const string toDo = "Read conn history and the daemon's log, and remove the cause.";
        return owner.Policy == OwnerPolicy.Required ? Finding.Problem(About(owner), what, toDo, ExitCodes.Of(owner.Error))
            : Finding.Warning(About(owner), what, toDo);
    }

    private static string Because(OwnerStatus owner) => owner.ErrorText is { Length: > 0 } text ? $": {text.TrimEnd('.')}" : "";

    private static Finding? Age(OwnerStatus owner, BackupAgeLimit? limit, DateTimeOffset now)
    {
        if (owner.LastGood is not { } good)
        {
            return Finding.Warning(About(owner), "It has never been backed up.", "Make a backup with conn backup.");
        }

        string what = $"Its newest backup is {StatusOutput.Age(now - good)} old";
        const string toDo = "Read conn history and the daemon's log to see why later backups do not hold it.";
        return limit is null || now - good <= limit.Warning ? null
            : now - good > limit.Problem ? Finding.Problem(About(owner), $"{what}, although there is a schedule.", toDo)
            : Finding.Warning(About(owner), $"{what}, more than twice the time between two scheduled backups.", toDo);
    }
}
