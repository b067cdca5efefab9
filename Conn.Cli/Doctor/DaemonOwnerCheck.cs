using Conn.ActiveBackup;
using Conn.Hosting;

namespace Conn.Cli.Doctor;

/// <summary>Whether the daemon's owners are connected, succeeded in the last operation, and have a backup that is not too old.</summary>
internal sealed class DaemonOwnerCheck : IDoctorCheck
{
    private const string ToDo = "Read conn history and the daemon's log to see why later backups do not hold it.";

    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken)
    {
        if (examined.Status is not { } status)
        {
            return new([]);
        }

        BackupAgeLimit limit = BackupAgeLimit.Of(examined);
        return new([.. status.Owners.SelectMany(o => Find(o, limit, examined.Now))]);
    }

    private static Finding[] Find(OwnerStatus owner, BackupAgeLimit limit, DateTimeOffset now)
    {
        Finding age = limit.Judge(About(owner), owner.LastGood, now, ToDo);
        Finding[] faults = [.. new[] { Place(owner), Error(owner) }.OfType<Finding>()];
        return faults.Length > 0 && age.Level == FindingLevel.Ok ? faults : [.. faults, age];
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
}
