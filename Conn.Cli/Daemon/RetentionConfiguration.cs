using Conn.ActiveBackup;
using Conn.Cli.Owners;
using Conn.Repository.Retention;

namespace Conn.Cli.Daemon;

/// <summary>Reads what a configuration says of how long sets are kept, and how long chains may become.</summary>
internal static class RetentionConfiguration
{
    private const int MostDays = 36_500;

    /// <exception cref="UsageException">A member is illegal, or nothing would be kept.</exception>
    public static RetentionRequest Read(ConfigurationValue value)
    {
        value.Object("keepLast", "keepHourly", "keepDaily", "keepWeekly", "keepMonthly", "keepYearly", "keepWithin", "grace");
        int Count(string member) => value.Integer(member, 0, RetentionPolicy.MaxCount) ?? 0;
        RetentionPolicy policy = new()
        {
            KeepLast = Count("keepLast"), KeepHourly = Count("keepHourly"), KeepDaily = Count("keepDaily"), KeepWeekly = Count("keepWeekly"),
            KeepMonthly = Count("keepMonthly"), KeepYearly = Count("keepYearly"), KeepWithin = Period(value, "keepWithin"),
        };
        return policy.IsEmpty ? throw value.Wrong("nothing would be kept; say what to keep, for example \"keepDaily\": 7.")
            : new RetentionRequest { Policy = policy, Grace = Period(value, "grace") ?? RetentionRequest.DefaultGrace };
    }

    /// <exception cref="UsageException">A member is illegal.</exception>
    public static ChainLimits ReadChain(ConfigurationValue value)
    {
        value.Object("increments", "percent", "days");
        ChainLimits limits = ChainLimits.Default;
        return limits with
        {
            MaxIncrements = value.Integer("increments", 0, int.MaxValue) ?? limits.MaxIncrements,
            MaxPercent = value.Integer("percent", 0, int.MaxValue) ?? limits.MaxPercent,
            MaxAge = value.Integer("days", 1, MostDays) is { } days ? TimeSpan.FromDays(days) : limits.MaxAge,
        };
    }

    private static RetentionPeriod? Period(ConfigurationValue value, string member) => value.Text(member) is not { } text ? null
        : RetentionPeriod.TryParse(text, out RetentionPeriod period) ? period
        : throw value.Member(member)!.Wrong($"'{text}' is no period; examples are 7d, 36h and 1y6m.");
}
