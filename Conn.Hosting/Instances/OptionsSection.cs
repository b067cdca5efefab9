using System.Globalization;
using Conn.Repository.Retention;
using Microsoft.Extensions.Configuration;

namespace Conn.Hosting.Instances;

/// <summary>Reads options from configuration. Invariant: what the section does not give stays as it was; a list is continued.</summary>
internal static class OptionsSection
{
    /// <exception cref="InvalidOperationException">A value is no such thing as its member.</exception>
    public static void Read(IConfiguration section, ConnOptions options)
    {
        options.Repository = section[nameof(options.Repository)] ?? options.Repository;
        options.DaemonSocket = section[nameof(options.DaemonSocket)] ?? options.DaemonSocket;
        options.CreateRepository = Value(section, nameof(options.CreateRepository), options.CreateRepository);
        options.StateFolder = section[nameof(options.StateFolder)] ?? options.StateFolder;
        options.TimeZone = section[nameof(options.TimeZone)] ?? options.TimeZone;
        options.RunMissed = Value(section, nameof(options.RunMissed), options.RunMissed);
        options.DegradedAfter = Value(section, nameof(options.DegradedAfter), options.DegradedAfter);
        options.UnhealthyAfter = Value(section, nameof(options.UnhealthyAfter), options.UnhealthyAfter);
        options.NoProgressTimeout = Value(section, nameof(options.NoProgressTimeout), options.NoProgressTimeout);
        options.ReadinessTimeout = Value(section, nameof(options.ReadinessTimeout), options.ReadinessTimeout);
        options.Lease = Value(section, nameof(options.Lease), options.Lease);
        foreach (string time in List(section.GetSection(nameof(options.Schedule))))
        {
            options.Schedule.Add(time);
        }

        if (section.GetSection(nameof(options.Retention)) is var retention && retention.Exists())
        {
            options.Retention = Request(retention, options.Retention ?? new RetentionRequest { Policy = new RetentionPolicy() });
        }
    }

    private static RetentionRequest Request(IConfigurationSection section, RetentionRequest before) => before with
    {
        Policy = Policy(section.GetSection(nameof(before.Policy)), before.Policy),
        Owners = section.GetSection(nameof(before.Owners)) is var owners && owners.Exists() ? [.. before.Owners ?? [], .. List(owners)] : before.Owners,
        Grace = Period(section.GetSection(nameof(before.Grace)), before.Grace),
    };

    private static RetentionPolicy Policy(IConfigurationSection section, RetentionPolicy before) => before with
    {
        KeepLast = Value(section, nameof(before.KeepLast), before.KeepLast),
        KeepHourly = Value(section, nameof(before.KeepHourly), before.KeepHourly),
        KeepDaily = Value(section, nameof(before.KeepDaily), before.KeepDaily),
        KeepWeekly = Value(section, nameof(before.KeepWeekly), before.KeepWeekly),
        KeepMonthly = Value(section, nameof(before.KeepMonthly), before.KeepMonthly),
        KeepYearly = Value(section, nameof(before.KeepYearly), before.KeepYearly),
        KeepWithin = section.GetSection(nameof(before.KeepWithin)) is var within && within.Exists() ? Period(within, before.KeepWithin ?? default) : before.KeepWithin,
    };

    private static RetentionPeriod Period(IConfigurationSection section, RetentionPeriod before) => new(
        Value(section, nameof(before.Years), before.Years), Value(section, nameof(before.Months), before.Months),
        Value(section, nameof(before.Days), before.Days), Value(section, nameof(before.Hours), before.Hours));

    private static IEnumerable<string> List(IConfigurationSection section) => section.GetChildren().Select(static item => item.Value).OfType<string>();

    private static T Value<T>(IConfiguration section, string name, T before)
        where T : IParsable<T>
    {
        IConfigurationSection member = section.GetSection(name);
        return member.Value is not { } text ? before : T.TryParse(text, CultureInfo.InvariantCulture, out T? value) ? value
            : throw new InvalidOperationException($"Failed to convert configuration value '{text}' at '{member.Path}' to type '{typeof(T)}'.");
    }
}
